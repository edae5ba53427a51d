import type {
  ClientAssertion,
  NewClientSecret,
  NewOAuthClient,
  OAuthClient,
  OAuthClientChange,
} from '../../../domain/contract/oauth-clients.ts'
import { call } from '../../api.ts'
import type { Draft } from '../../components/field.tsx'
import { type AnyForm, type FormSpec, form } from '../../components/form.tsx'
import { accessField, fullAccess } from './credential.ts'
import { clouds } from './issuer-forms.tsx'

const methods = {
  secret: 'Client secret',
  entra: 'Entra workload identity federation',
  issuer: 'Assertions of another issuer',
} as const

const lifetime = {
  label: 'Secret is valid for',
  options: { '90d': '90 days', '180d': '180 days', '365d': '1 year', '730d': '2 years', '1095d': '3 years' },
}

const entraHint = <p>In Entra, enter them in the provisioning of the application, where the Tenant URL is.</p>

type Fields = NonNullable<FormSpec<NewOAuthClient>['fields']>

const generalFields: Fields = field => (
  <>
    {field('name', { label: 'Name', description: 'For people. Blank: the client ID.', maxLength: 100 })}
    {field('access', accessField)}
    {field('tokenLifetime', {
      label: 'Lifetime of access tokens (seconds)',
      description: '60 to 86,400. Entra’s gallery accepts 3,600 (1 hour) to 21,600 (6 hours).',
      kind: 'number',
      whenBlank: 'send',
    })}
  </>
)

const assertionFields: Fields = (field, draft) => {
  const text = (path: Parameters<typeof field>[0], label: string, description?: string) =>
    field(path, { label, description, whenBlank: 'send' })
  if (draft[':method'] === 'secret') return null
  if (draft[':method'] === 'entra') {
    return (
      <>
        {text('assertion.directory', 'Directory (tenant) ID', 'In Entra: Overview, Tenant ID.')}
        {text('assertion.application', 'Application ID of the workload', 'Its app registration’s client ID.')}
        {text(
          'assertion.principal',
          'Object ID of the provisioning service',
          'The service principal Microsoft.Azure.SyncFabric in your directory: Enterprise applications, all applications.',
        )}
        {field('assertion.cloud', { label: 'Cloud', options: clouds })}
        {draft['assertion.jwks'] &&
          field('assertion.jwks', {
            label: 'Key set URL',
            description: 'A stand-in for Microsoft’s keys, on localhost only.',
          })}
      </>
    )
  }
  return (
    <>
      {text('assertion.issuer', 'Issuer', 'Exactly as in the claim iss.')}
      {text('assertion.subject', 'Subject', 'Exactly as in the claim sub.')}
      {field('assertion.audiences', {
        label: 'Audiences',
        description: 'One per line. One of them must be in the claim aud.',
        kind: 'lines',
        whenBlank: 'send',
      })}
      {field('assertion.caller', {
        label: 'Application (optional)',
        description: 'The claim azp or appid. Blank: any.',
      })}
      {field('assertion.jwks', {
        label: 'Key set URL (optional)',
        description: 'Blank: found through the issuer’s metadata.',
      })}
    </>
  )
}

/** The other members are those of the fields. */
const withKind = <Body extends OAuthClientChange>(body: Body, { ':method': kind }: Draft): Body =>
  body.assertion ? { ...body, assertion: { ...body.assertion, kind } as ClientAssertion } : body

export const newClient = (tenant: string, method: keyof typeof methods = 'secret'): AnyForm =>
  form<NewOAuthClient>({
    title: 'Create client',
    label: 'Create',
    draft: { ...fullAccess, tokenLifetime: '3600', 'secret.lifetime': '365d', ':method': method },
    fields: (field, draft) => (
      <>
        {generalFields(field, draft)}
        {field(':method', { label: 'Authentication', kind: 'radio', options: methods })}
        {draft[':method'] === 'secret' && field('secret.lifetime', lifetime)}
        {assertionFields(field, draft)}
      </>
    ),
    async submit(body, draft) {
      const { id, secret, tokenEndpoint } = await call('POST /tenants/:tenant/clients', {
        params: { tenant },
        body: withKind(body, draft),
      })
      return {
        credential: {
          ...(secret && { secret: 'client secret' }),
          values: {
            'Token endpoint': tokenEndpoint,
            'Client ID': id,
            ...(secret && { 'Client secret': secret.value }),
          },
          hint: entraHint,
        },
      }
    },
  })

export const newSecret = (tenant: string, { id, name }: OAuthClient): AnyForm =>
  form<NewClientSecret>({
    title: `New secret for ${name}`,
    label: 'Create',
    text: 'The present secret stays valid. Delete it once the client uses the new one.',
    draft: { lifetime: '365d' },
    fields: field => field('lifetime', lifetime),
    async submit(body) {
      const params = { tenant, client: id }
      const { value } = await call('POST /tenants/:tenant/clients/:client/secrets', { params, body })
      return {
        credential: {
          secret: 'client secret',
          values: { 'Client ID': id, 'Client secret': value },
          hint: entraHint,
        },
      }
    },
  })

export const editClient = (tenant: string, client: OAuthClient): AnyForm =>
  form<NewOAuthClient>({
    title: `Edit ${client.name}`,
    label: 'Save',
    draft: draftOf(client),
    edits: true,
    fields: (field, draft) => (
      <>
        {generalFields(field, draft)}
        {assertionFields(field, draft)}
      </>
    ),
    async submit(body, draft) {
      const params = { tenant, client: client.id }
      await call('PATCH /tenants/:tenant/clients/:client', { params, body: withKind(body, draft) })
      return 'Client saved.'
    },
  })

function draftOf({ name, access, tokenLifetime, assertion }: OAuthClient): Draft {
  const { kind = 'secret', ...members } = assertion ?? {}
  const texts = Object.entries(members).map(([member, value]) => [
    `assertion.${member}`,
    [value].flat().join('\n'),
  ])
  return { name, access, tokenLifetime: String(tokenLifetime), ':method': kind, ...Object.fromEntries(texts) }
}
