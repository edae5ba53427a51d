import type { IssuerChange, NewIssuer, TrustedIssuer } from '../../../domain/contract/issuers.ts'
import { call } from '../../api.ts'
import type { Draft } from '../../components/field.tsx'
import { type AnyForm, type FormSpec, form } from '../../components/form.tsx'
import { accessField, fullAccess } from './credential.ts'

const kinds = {
  entra: 'Microsoft Entra ID, with an empty Secret Token',
  oauth: 'Another issuer (Keycloak, Okta, Entra app registrations, …)',
} as const

export const clouds = { global: 'Global', 'us-government': 'US Government', china: 'China' } as const

type Fields = NonNullable<FormSpec<NewIssuer & IssuerChange>['fields']>

/** Whose tokens are accepted; can't be changed later. */
const identityFields: Fields = (field, { kind }) =>
  kind === 'entra' ? (
    <>
      <p class="caution">
        These tokens are not bound to this endpoint: anyone who can provision another custom application of
        the same directory gets tokens that are valid here, too. Use them for tests; client credentials are
        the safer choice.
      </p>
      {field('directory', {
        label: 'Directory (tenant) ID',
        description: 'In Entra: Overview, Tenant ID.',
        placeholder: '72f988bf-86f1-41af-91ab-2d7cd011db47',
        whenBlank: 'send',
      })}
    </>
  ) : (
    field('issuer', {
      label: 'Issuer',
      description: 'Exactly as in the claim iss. Its keys are found through its metadata.',
      kind: 'url',
      placeholder: 'https://id.example.com/realms/main',
      whenBlank: 'send',
    })
  )

const settingFields: Fields = (field, draft) => (
  <>
    {draft.kind === 'oauth' &&
      field('audiences', {
        label: 'Audiences',
        description:
          'One per line. One of them must be in the claim aud. Blank: the public URL of this tenant’s SCIM endpoint, if the server has --public-url.',
        ...lines,
      })}
    {field('name', {
      label: 'Name',
      description: 'For people. Blank: the issuer or the directory.',
      maxLength: 100,
    })}
    {field('access', accessField)}
    <details class="more">
      <summary>More settings</summary>
      {draft.kind === 'entra' ? entraFields(field, draft) : oauthFields(field, draft)}
    </details>
  </>
)

const lines = { kind: 'lines', whenBlank: 'clear' } as const
const url = { label: 'Key set URL', kind: 'url', whenBlank: 'clear' } as const

const entraFields: Fields = field => (
  <>
    {field('cloud', { label: 'Cloud', options: clouds })}
    {field('audience', {
      label: 'Audience',
      description: 'The ID of the application template. Blank: that of custom applications.',
      whenBlank: 'clear',
    })}
    {field('jwks', {
      ...url,
      description:
        'Only for a stand-in of Microsoft’s token service on this machine, such as scimulator entra issuer.',
    })}
  </>
)

const oauthFields: Fields = field => (
  <>
    {field('clients', {
      label: 'Clients',
      description: 'One per line: client_id, azp or appid. Blank: all clients of the issuer.',
      ...lines,
    })}
    {field('subjects', {
      label: 'Subjects',
      description: 'One per line: the claim sub. Blank: all.',
      ...lines,
    })}
    <div class="grid">
      {field('scopes.read', { label: 'Scope or role for reading', whenBlank: 'clear' })}
      {field('scopes.write', { label: 'Scope or role for writing', whenBlank: 'clear' })}
    </div>
    <p class="muted">
      Values in scope, scp or roles. With one of them set, tokens without any are rejected with 403.
    </p>
    {field('jwks', { ...url, description: 'Blank: from the issuer’s metadata.' })}
    {field('algorithms', {
      label: 'Signature algorithms',
      description: 'One per line. Blank: all RS, PS and ES algorithms, and EdDSA.',
      ...lines,
    })}
    {field('accessTokensOnly', { label: 'Require the type at+jwt (RFC 9068)', kind: 'check' })}
  </>
)

export const newIssuer = (tenant: string, kind: keyof typeof kinds = 'oauth'): AnyForm =>
  form<NewIssuer>({
    title: 'Trust an issuer',
    label: 'Trust issuer',
    draft: { ...fullAccess, kind, cloud: 'global' },
    fields: (field, draft) => (
      <>
        {field('kind', { label: 'Issuer of the tokens', kind: 'radio', options: kinds })}
        {identityFields(field, draft)}
        {settingFields(field, draft)}
      </>
    ),
    async submit(body) {
      const { name } = await call('POST /tenants/:tenant/issuers', { params: { tenant }, body })
      return `${name} is trusted. Select Check to fetch its keys now.`
    },
  })

export const editIssuer = (tenant: string, issuer: TrustedIssuer): AnyForm =>
  form<NewIssuer & IssuerChange>({
    title: `Edit ${issuer.name}`,
    label: 'Save',
    draft: draftOf(issuer),
    edits: true,
    fields: settingFields,
    async submit(body) {
      const params = { tenant, issuer: issuer.id }
      await call('PATCH /tenants/:tenant/issuers/:issuer', { params, body })
      return 'Trusted issuer saved.'
    },
  })

const draftOf = (issuer: TrustedIssuer): Draft => {
  const { kind, name, access, cloud = 'global', audiences, jwks = '', scopes, accessTokensOnly } = issuer
  const text = (texts: readonly string[] = []) => texts.join('\n')
  return {
    ...{ kind, name, access, cloud, jwks },
    ...(kind === 'entra' ? { audience: audiences[0] ?? '' } : { audiences: text(audiences) }),
    algorithms: text(issuer.algorithms),
    clients: text(issuer.clients),
    subjects: text(issuer.subjects),
    'scopes.read': scopes?.read ?? '',
    'scopes.write': scopes?.write ?? '',
    accessTokensOnly: accessTokensOnly ? 'yes' : '',
  }
}
