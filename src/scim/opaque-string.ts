import { errors } from './error.ts'

/** Longer ones are nobody's password, and would cost time to hash. */
export const mostCharacters = 1024

/**
 * A secret text as it is compared: PRECIS' OpaqueString (RFC 8265 §4.2, which RFC 7644 §5 asks for) keeps the case,
 * makes any blank an ordinary one, composes characters (NFC), and knows neither controls nor an empty text. The
 * invisible joiners that it forbids as well are taken, for emoji are made of them. `at` is the place, for the message.
 */
export function opaqueString(text: string, at: string): string {
  if (text === '') throw errors.invalidValue(`${at} is empty. Send a text, or leave it out.`)
  if (/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(text)) {
    throw errors.invalidValue(`${at} holds control characters. Send a text without them.`)
  }
  const prepared = text.replace(/\p{Zs}/gu, ' ').normalize('NFC')
  if ([...prepared].length > mostCharacters) {
    throw errors.invalidValue(`${at} is longer than the ${mostCharacters} characters that are accepted.`)
  }
  return prepared
}
