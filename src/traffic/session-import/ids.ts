import { SessionFileError } from '../session-file/read-blocks.ts'

/** The id that a request or a cycle of the file gets here. Throws `SessionFileError` for a text that is no id. */
export type ToId = (original: string) => string

export const createToId =
  (prefix: string): ToId =>
  original => {
    if (/^[\w-]{1,64}$/.test(original)) return prefix + original
    throw new SessionFileError(
      `The session file is damaged: "${original.slice(0, 64)}" is not the ID of a request. Export the session again.`,
    )
  }
