/** One tag of a tag-list (RFC 6376 §3.2), as it stands there. */
export interface Tag {
  name: string;
  value: string;
}

/** The tags of a signature or a key record, in order, for display; the core judges them. */
export function tagsOf(text: string): Tag[] {
  const tags: Tag[] = [];
  for (const piece of text.split(";")) {
    const equals = piece.indexOf("=");
    const name = (equals < 0 ? piece : piece.slice(0, equals)).trim();
    if (name === "" && equals < 0) continue;
    tags.push({ name, value: equals < 0 ? "" : piece.slice(equals + 1).trim() });
  }
  return tags;
}
