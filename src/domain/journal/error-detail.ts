import { excerpt } from '../../scim/error.ts'
import { objectIn } from '../../scim/messages.ts'
import type { Exchange } from './exchange.ts'

const maxLength = 300
/** Error responses are short. A longer body is that of another server, or of an injected fault. */
export const longestErrorBody = 16_384

/**
 * The text of an error response: `detail` of SCIM (RFC 7644 §3.12), `message` of AWS, `error_description` of OAuth
 * (RFC 6749 §5.2). Undefined for successful requests, and if the response has no such text.
 */
export function errorDetail({ status, response }: Exchange): string | undefined {
  const { body, cutFrom } = response
  if (status < 400 || body === undefined || cutFrom !== undefined) return undefined
  if (body.length > longestErrorBody) return undefined
  const error = objectIn(response)
  if (!error) return undefined
  const { detail, message, Message, error_description: description } = error
  const text = [detail, message, Message, description].find(value => typeof value === 'string')
  return typeof text === 'string' && text !== '' ? excerpt(text, maxLength) : undefined
}
