/** An error with a sentence for people and a `code` for programs. */
export class QueryPoseError extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'QueryPoseError';
    this.code = code;
  }
}

/** What an error says, as a part of a sentence. */
export function reason(error) {
  return String(error?.message ?? error)
    .trim()
    .replace(/\.$/, '');
}
