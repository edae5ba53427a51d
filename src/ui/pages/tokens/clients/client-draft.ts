import type {
  ClientAssertion,
  NewOAuthClient,
  OAuthClient,
} from '../../../../domain/contract/oauth-clients.ts'
import { toLines } from '../../../components/field.tsx'
import type { Access } from '../access-field.tsx'

export const methods = {
  secret: 'Client secret',
  entra: 'Entra workload identity federation',
  issuer: 'Assertions of another issuer',
} as const

export type Method = keyof typeof methods

export type ClientDraft = {
  readonly name: string
  readonly access: Access
  readonly tokenLifetime: string
  readonly method: Method
  readonly secretLifetime: keyof typeof secretLifetimes
  readonly directory: string
  readonly application: string
  readonly principal: string
  readonly issuer: string
  readonly subject: string
  readonly audiences: string
  readonly caller: string
  readonly jwks: string
}

export const secretLifetimes = {
  '90d': '90 days',
  '180d': '180 days',
  '365d': '1 year',
  '730d': '2 years',
  '1095d': '3 years',
} as const

const defaultTokenLifetime = '3600'

export const emptyDraft: ClientDraft = {
  name: '',
  access: 'full',
  tokenLifetime: defaultTokenLifetime,
  method: 'secret',
  secretLifetime: '365d',
  directory: '',
  application: '',
  principal: '',
  issuer: '',
  subject: '',
  audiences: '',
  caller: '',
  jwks: '',
}

export const draftOf = ({ name, access, tokenLifetime, assertion }: OAuthClient): ClientDraft => ({
  ...emptyDraft,
  name,
  access,
  tokenLifetime: String(tokenLifetime),
  method: assertion?.kind ?? 'secret',
  ...(assertion?.kind === 'issuer'
    ? { ...assertion, caller: assertion.caller ?? '', audiences: assertion.audiences.join('\n') }
    : assertion),
  jwks: assertion?.jwks ?? '',
})

/** Invalid values are kept, so that the API reports them. */
export const toClientFields = (draft: ClientDraft) => ({
  name: draft.name.trim() || undefined,
  access: draft.access,
  tokenLifetime: parseNumber(draft.tokenLifetime),
  assertion: toAssertion(draft),
})

export const toNewClient = (draft: ClientDraft): NewOAuthClient => ({
  ...toClientFields(draft),
  ...(draft.method === 'secret' && { secret: { lifetime: draft.secretLifetime } }),
})

// Other text is sent unchanged, so that the API reports the error.
const parseNumber = (text: string): number =>
  /^\d+$/.test(text.trim()) ? Number(text) : (text as unknown as number)

function toAssertion(draft: ClientDraft): ClientAssertion | undefined {
  const jwks = draft.jwks.trim() || undefined
  switch (draft.method) {
    case 'secret':
      return undefined
    case 'entra':
      return {
        kind: 'entra',
        directory: draft.directory.trim(),
        application: draft.application.trim(),
        principal: draft.principal.trim(),
        jwks,
      }
    case 'issuer':
      return {
        kind: 'issuer',
        issuer: draft.issuer.trim(),
        subject: draft.subject.trim(),
        audiences: toLines(draft.audiences),
        caller: draft.caller.trim() || undefined,
        jwks,
      }
  }
}
