import { isObject, type JsonObject } from '../../scim/json.ts'

const atom = '[^\\s@<>()\\[\\]\\\\,;:".\\p{Cc}]+'
const dotAtom = `${atom}(?:\\.${atom})*`
const address = new RegExp(`^(?:${dotAtom}|"[^"\\\\\\r\\n]+")@${dotAtom}$`, 'u')

/** Whether a text is an address as RFC 2822 §3.4.1 defines `addr-spec`, without comments, white space and literals. */
export const isAddress = (text: string): boolean => text.length <= 320 && address.test(text)

export const isGuestName = (name: string): boolean => /#EXT#/i.test(name)

export function primaryEmail({ emails }: JsonObject): string | undefined {
  if (!Array.isArray(emails)) return undefined
  const values = emails.filter(isObject)
  const value = (values.find(({ primary }) => primary === true) ?? values[0])?.value
  return typeof value === 'string' ? value : undefined
}
