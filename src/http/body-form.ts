import { errors, type ScimError } from '../scim/error.ts'

type Headers = {
  readonly 'content-type'?: string | undefined
  readonly 'content-encoding'?: string | undefined
}

const jsonTypes = /^application\/(scim\+)?json\s*(;.*)?$/i

/** What makes a body unreadable before anybody looks at it, by the headers that it came with. */
export function unsupportedForm(headers: Headers): ScimError | undefined {
  const encoding = encodingIn(headers)
  if (encoding !== undefined) return errors.unsupportedEncoding(encoding)
  const mediaType = headers['content-type'] ?? ''
  return jsonTypes.test(mediaType) ? undefined : errors.unsupportedMediaType(mediaType)
}

/** What was done to the bytes of a body (RFC 9110 §8.4); undefined for one that is sent as it is. */
export function encodingIn({ 'content-encoding': sent = '' }: Headers): string | undefined {
  const isAsItIs = sent.split(',').every(coding => /^(identity)?$/i.test(coding.trim()))
  return isAsItIs ? undefined : sent
}
