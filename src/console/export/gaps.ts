import type { Exchange, Message } from '../../journal/exchange.ts'
import { withheld } from '../../journal/mask-body.ts'
import { mark } from '../../journal/secret-text.ts'

/** What of a request and its answer the journal doesn't have as it was, a sentence each. */
export const gapsIn = ({ url, request, response }: Exchange): readonly string[] => [
  ...(url.includes(mark) || /[?&]access_token=/i.test(url) ? [`In the address, ${hidden}`] : []),
  ...messageGaps('request', request),
  ...messageGaps('answer', response),
]

const hidden = `secrets are hidden by "${mark}", and of a token only the end is shown.`

const messageGaps = (name: string, message: Message): readonly string[] => {
  const cut = cutGap(name, message)
  const { body } = message
  if (body === withheld) return [`The body of the ${name} was withheld, for it names a secret.`]
  const secret = body?.includes(mark) ? [`In the body of the ${name}, secrets are hidden by "${mark}".`] : []
  return cut === undefined ? secret : [cut, ...secret]
}

const cutGap = (name: string, { cutFrom }: Message): string | undefined =>
  cutFrom === undefined ? undefined : `The body of the ${name} was cut: the whole has ${cutFrom} bytes.`
