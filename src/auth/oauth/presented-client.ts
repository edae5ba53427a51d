import { decodeFormValue, type Form } from './form.ts'
import { oauthErrors } from './oauth-error.ts'

/** Nothing is verified yet. */
export type PresentedClient =
  | { readonly kind: 'secret'; readonly id: string; readonly secret: string; readonly usedBasic: boolean }
  | { readonly kind: 'assertion'; readonly id: string; readonly assertion: string }
  | { readonly kind: 'none'; readonly id?: string; readonly usedBasic: boolean }

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Reads the client and how it authenticates: with a secret in the body or as Basic credentials (RFC 6749 §2.3.1), or with an
 * assertion (RFC 7521 §4.2). With `acceptsRepeated`, body and Basic may have the same secret. Throws `OAuthError`.
 */
export function readClient(
  form: Form,
  authorization: string | undefined,
  acceptsRepeated: boolean,
): PresentedClient {
  const id = form.get('client_id')
  const secret = form.get('client_secret')
  const assertion = form.get('client_assertion')
  const basic = readBasic(authorization)
  if ([secret, assertion, basic].filter(way => way !== undefined).length > 1) {
    const isSame =
      basic?.kind === 'secret' &&
      assertion === undefined &&
      basic.secret === secret &&
      (id === undefined || id === basic.id)
    if (!(isSame && acceptsRepeated)) {
      throw oauthErrors.invalidRequest('The client authenticates in two ways. Use one of them.')
    }
  }
  if (basic) {
    if (basic.kind === 'secret' && id !== undefined && id !== basic.id) {
      throw oauthErrors.invalidRequest('client_id and the Basic credentials name different clients.')
    }
    return basic
  }
  if (assertion !== undefined) return readAssertion(form, assertion, id)
  if (form.get('client_assertion_type') !== undefined) {
    throw oauthErrors.invalidRequest('client_assertion is missing.')
  }
  if (secret === undefined) return { kind: 'none', ...(id !== undefined && { id }), usedBasic: false }
  if (id === undefined) throw oauthErrors.invalidRequest('client_id is missing.')
  return { kind: 'secret', id, secret, usedBasic: false }
}

function readAssertion(form: Form, assertion: string, id: string | undefined): PresentedClient {
  if (form.get('client_assertion_type') !== assertionType) {
    throw oauthErrors.invalidRequest(`Send client_assertion with client_assertion_type=${assertionType}.`)
  }
  if (id === undefined) throw oauthErrors.invalidRequest('client_id is missing.')
  return { kind: 'assertion', id, assertion }
}

/** RFC 6749 §2.3.1: id and secret are encoded as in a form before they are joined. Undefined for other schemes. */
function readBasic(authorization = ''): Exclude<PresentedClient, { kind: 'assertion' }> | undefined {
  const [, encoded] = /^basic(?: +(.*))?$/i.exec(authorization.trim()) ?? []
  if (!/^basic\b/i.test(authorization.trim())) return undefined
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? []
  const decodedId = decodeFormValue(id ?? '')
  const decodedSecret = decodeFormValue(secret ?? '')
  if (!decodedId || !decodedSecret) {
    return { kind: 'none', ...(decodedId && { id: decodedId }), usedBasic: true }
  }
  return { kind: 'secret', id: decodedId, secret: decodedSecret, usedBasic: true }
}
