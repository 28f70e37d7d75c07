/** An error with a sentence for people and a `code` for programs. */
export class QueryPoseError extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'QueryPoseError';
    this.code = code;
  }
}
