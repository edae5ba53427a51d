import { oauthErrors } from './oauth-error.ts'

/** Parameters without a value count as omitted (RFC 6749 §3.2). */
export type Form = { readonly get: (name: string) => string | undefined }

const formType = /^application\/x-www-form-urlencoded\s*(?:;|$)/i

type FormRequest = {
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly body: Buffer | undefined
}

/** Reads a form whose names are all different, whatever its charset. Throws `OAuthError`. */
export function readForm({ contentType, contentEncoding, body }: FormRequest): Form {
  if (contentType !== undefined && /^application\/([\w.-]+\+)?json\b/i.test(contentType)) {
    throw oauthErrors.invalidRequest(
      'The body is JSON. Send a form with Content-Type: application/x-www-form-urlencoded.',
    )
  }
  if (contentType === undefined || !formType.test(contentType.trim())) {
    throw oauthErrors.noForm()
  }
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') {
    throw oauthErrors.invalidRequest('Send the form without Content-Encoding.')
  }
  const values = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(body?.toString('utf8') ?? '')) {
    if (values.has(name)) throw oauthErrors.invalidRequest('A parameter occurs twice. Send each one once.')
    values.set(name, value)
  }
  return { get: name => values.get(name) || undefined }
}

export function decodeFormValue(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
