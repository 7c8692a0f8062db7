/** Saves something as a file, without asking a server for anything. */
export function SaveButton({
  name,
  content,
  label,
  kind = "link",
  type = "text/plain",
  testId,
}: {
  name: string;
  content: () => string | Uint8Array;
  label: string;
  kind?: "link" | "button";
  type?: string;
  testId?: string;
}) {
  return (
    <button type="button" class={kind} data-testid={testId} onClick={() => save(name, content(), type)}>
      {label}
    </button>
  );
}

function save(name: string, content: string | Uint8Array, type: string): void {
  const address = URL.createObjectURL(new Blob([content as BlobPart], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // browsers read it after the click has returned
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
