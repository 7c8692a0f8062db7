import { useEffect, useState } from "preact/hooks";

/** Takes files that are dropped anywhere on the page. True while one is over it. */
export function useDrop(onFile: (file: File) => void): boolean {
  const [isDragging, setDragging] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setDragging(true);
    };
    const leave = (event: DragEvent) => {
      // it left the window, rather than one element for another
      if (event.relatedTarget === null) setDragging(false);
    };
    const drop = (event: DragEvent) => {
      const file = event.dataTransfer?.files[0];
      setDragging(false);
      if (!file) return;
      event.preventDefault();
      onFile(file);
    };
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, [onFile]);
  return isDragging;
}

/** Takes text that is pasted where nothing is typed. */
export function usePaste(onText: (text: string) => void): void {
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const isTyping =
        event.target instanceof Element && event.target.closest("input, textarea, select") !== null;
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (isTyping || event.defaultPrevented || !looksLikeMessage(text)) return;
      event.preventDefault();
      onText(text);
    };
    window.addEventListener("paste", paste);
    return () => window.removeEventListener("paste", paste);
  }, [onText]);
}

/** Whether text is a message or its header, rather than a word out of one: it begins with a field. */
export function looksLikeMessage(text: string): boolean {
  return /^[\s>\uFEFF]*(?:From [^\n]*\n)?[!-9;-~]+[ \t]*:/.test(text) && text.includes("\n");
}
