import type { IssuerChange, NewIssuer, TrustedIssuer } from '../../../../domain/contract/issuers.ts'
import { toLines } from '../../../components/field.tsx'
import type { Access } from '../access-field.tsx'

export const kinds = {
  entra: 'Microsoft Entra ID, with an empty Secret Token',
  oauth: 'Another issuer (Keycloak, Okta, Entra app registrations, …)',
} as const

export type Kind = keyof typeof kinds

export const clouds = {
  global: 'Global',
  'us-government': 'US Government',
  china: 'China',
} as const

/** Lists have one text in each line. */
export type IssuerDraft = {
  readonly kind: Kind
  readonly name: string
  readonly access: Access
  readonly directory: string
  readonly cloud: keyof typeof clouds
  readonly audience: string
  readonly issuer: string
  readonly audiences: string
  readonly jwks: string
  readonly algorithms: string
  readonly clients: string
  readonly subjects: string
  readonly readScope: string
  readonly writeScope: string
  readonly accessTokensOnly: boolean
}

export const emptyDraft: IssuerDraft = {
  kind: 'oauth',
  name: '',
  access: 'full',
  directory: '',
  cloud: 'global',
  audience: '',
  issuer: '',
  audiences: '',
  jwks: '',
  algorithms: '',
  clients: '',
  subjects: '',
  readScope: '',
  writeScope: '',
  accessTokensOnly: false,
}

const toText = (texts: readonly string[] = []): string => texts.join('\n')

export const draftOf = (issuer: TrustedIssuer): IssuerDraft => ({
  kind: issuer.kind,
  name: issuer.name,
  access: issuer.access,
  directory: issuer.directory ?? '',
  cloud: issuer.cloud ?? 'global',
  audience: issuer.kind === 'entra' ? (issuer.audiences[0] ?? '') : '',
  issuer: issuer.issuers[0] ?? '',
  audiences: issuer.kind === 'oauth' ? toText(issuer.audiences) : '',
  jwks: issuer.jwks ?? '',
  algorithms: toText(issuer.algorithms),
  clients: toText(issuer.clients),
  subjects: toText(issuer.subjects),
  readScope: issuer.scopes?.read ?? '',
  writeScope: issuer.scopes?.write ?? '',
  accessTokensOnly: issuer.accessTokensOnly,
})

const toTextOrNull = (text: string): string | null => text.trim() || null

function toLinesOrNull(text: string): string[] | null {
  const lines = toLines(text)
  return lines.length === 0 ? null : lines
}

function toScopes({ readScope, writeScope }: IssuerDraft): NonNullable<IssuerChange['scopes']> | null {
  const [read, write] = [readScope.trim(), writeScope.trim()]
  return read === '' && write === '' ? null : { ...(read && { read }), ...(write && { write }) }
}

/** Null where a default applies. Invalid values are kept, so that the API reports them. */
const toSettings = (draft: IssuerDraft): IssuerChange => ({
  ...(draft.name.trim() !== '' && { name: draft.name.trim() }),
  access: draft.access,
  jwks: toTextOrNull(draft.jwks),
  ...(draft.kind === 'entra'
    ? { cloud: draft.cloud, audience: toTextOrNull(draft.audience) }
    : {
        audiences: toLinesOrNull(draft.audiences),
        algorithms: toLinesOrNull(draft.algorithms) as IssuerChange['algorithms'],
        clients: toLinesOrNull(draft.clients),
        subjects: toLinesOrNull(draft.subjects),
        scopes: toScopes(draft),
        accessTokensOnly: draft.accessTokensOnly,
      }),
})

/** A default that is shown stays a default. */
export function toChange(from: IssuerDraft, to: IssuerDraft): IssuerChange {
  const before = new Map(Object.entries(toSettings(from)))
  const isChanged = ([name, value]: readonly [string, unknown]) =>
    JSON.stringify(value) !== JSON.stringify(before.get(name))
  return Object.fromEntries(Object.entries(toSettings(to)).filter(isChanged))
}

export function toNewIssuer(draft: IssuerDraft): NewIssuer {
  const settings = Object.entries(toSettings(draft)).filter(([, value]) => value !== null)
  const identity =
    draft.kind === 'entra'
      ? { kind: draft.kind, directory: draft.directory.trim() }
      : { kind: draft.kind, issuer: draft.issuer.trim() }
  return { ...identity, ...Object.fromEntries(settings) }
}
