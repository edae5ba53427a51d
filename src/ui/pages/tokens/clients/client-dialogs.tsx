import { useState } from 'preact/hooks'
import type {
  ClientAssertion,
  NewOAuthClient,
  OAuthClient,
} from '../../../../domain/contract/oauth-clients.ts'
import { call } from '../../../api.ts'
import { CredentialDialog } from '../../../components/credential-dialog.tsx'
import { Dialog, DialogForm, type ErrorAt } from '../../../components/dialog.tsx'
import {
  bindText,
  LinesField,
  RadioField,
  SelectField,
  TextField,
  toLines,
} from '../../../components/field.tsx'
import { announce } from '../../../frame/notice.tsx'
import { type Access, AccessField } from '../access-field.tsx'

const entraHint = (
  <p>
    In Entra, enter them under <em>Provisioning, Admin credentials</em>, where the Tenant URL is.
  </p>
)

export function NewClientDialog({
  tenant,
  method = 'secret',
  onClose,
}: {
  readonly tenant: string
  readonly method?: Method
  readonly onClose: () => void
}) {
  const [draft, setDraft] = useState<ClientDraft>({ ...emptyDraft, method })
  return (
    <CredentialDialog
      title="Create client"
      label="Create"
      create={() => call('POST /tenants/:tenant/clients', { params: { tenant }, body: toNewClient(draft) })}
      show={({ id, secret, tokenEndpoint }) => ({
        ...(secret && { secret: 'client secret' }),
        values: {
          'Token endpoint': tokenEndpoint,
          'Client ID': id,
          ...(secret && { 'Client secret': secret.value }),
        },
        hint: entraHint,
      })}
      onClose={onClose}
    >
      {errorAt => (
        <>
          <ClientFields draft={draft} onChange={setDraft} errorAt={errorAt} />
          <RadioField
            label="Authentication"
            value={draft.method}
            options={methods}
            onChange={chosen => setDraft({ ...draft, method: chosen })}
          />
          {draft.method === 'secret' && (
            <SecretLifetime
              value={draft.secretLifetime}
              onChange={secretLifetime => setDraft({ ...draft, secretLifetime })}
            />
          )}
          <AssertionFields draft={draft} onChange={setDraft} errorAt={errorAt} />
        </>
      )}
    </CredentialDialog>
  )
}

type SecretLifetimeProps = {
  readonly value: ClientDraft['secretLifetime']
  readonly onChange: (value: ClientDraft['secretLifetime']) => void
}

const SecretLifetime = ({ value, onChange }: SecretLifetimeProps) => (
  <SelectField label="Secret is valid for" value={value} options={secretLifetimes} onChange={onChange} />
)

type ClientDialogProps = {
  readonly tenant: string
  readonly client: OAuthClient
  readonly onClose: () => void
}

export function NewSecretDialog({ tenant, client, onClose }: ClientDialogProps) {
  const [lifetime, setLifetime] = useState<ClientDraft['secretLifetime']>('365d')
  return (
    <CredentialDialog
      title={`New secret for ${client.name}`}
      label="Create"
      create={() =>
        call('POST /tenants/:tenant/clients/:client/secrets', {
          params: { tenant, client: client.id },
          body: { lifetime },
        })
      }
      show={({ value }) => ({
        secret: 'client secret',
        values: { 'Client ID': client.id, 'Client secret': value },
        hint: entraHint,
      })}
      onClose={onClose}
    >
      {() => (
        <>
          <p>The present secret stays valid. Delete it once the client uses the new one.</p>
          <SecretLifetime value={lifetime} onChange={setLifetime} />
        </>
      )}
    </CredentialDialog>
  )
}

export function EditClientDialog({ tenant, client, onClose }: ClientDialogProps) {
  const [draft, setDraft] = useState<ClientDraft>(() => draftOf(client))
  const save = async () => {
    await call('PATCH /tenants/:tenant/clients/:client', {
      params: { tenant, client: client.id },
      body: toClientFields(draft),
    })
    announce('Client saved.')
    onClose()
  }
  return (
    <Dialog title={`Edit ${client.name}`} onClose={onClose}>
      <DialogForm label="Save" onSubmit={save} onClose={onClose}>
        {errorAt => (
          <>
            <ClientFields draft={draft} onChange={setDraft} errorAt={errorAt} />
            <AssertionFields draft={draft} onChange={setDraft} errorAt={errorAt} />
          </>
        )}
      </DialogForm>
    </Dialog>
  )
}

const methods = {
  secret: 'Client secret',
  entra: 'Entra workload identity federation',
  issuer: 'Assertions of another issuer',
} as const

type Method = keyof typeof methods

type ClientDraft = {
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

const secretLifetimes = {
  '90d': '90 days',
  '180d': '180 days',
  '365d': '1 year',
  '730d': '2 years',
  '1095d': '3 years',
} as const

const defaultTokenLifetime = '3600'

const emptyDraft: ClientDraft = {
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

const draftOf = ({ name, access, tokenLifetime, assertion }: OAuthClient): ClientDraft => ({
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
const toClientFields = (draft: ClientDraft) => ({
  name: draft.name.trim() || undefined,
  access: draft.access,
  tokenLifetime: parseNumber(draft.tokenLifetime),
  assertion: toAssertion(draft),
})

const toNewClient = (draft: ClientDraft): NewOAuthClient => ({
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

type FieldsProps = {
  readonly draft: ClientDraft
  readonly onChange: (draft: ClientDraft) => void
  readonly errorAt: ErrorAt
}

const ClientFields = ({ draft, onChange, errorAt }: FieldsProps) => (
  <>
    <TextField
      label="Name"
      description="For people. Blank: the client ID."
      error={errorAt('name')}
      maxLength={100}
      {...bindText(draft, onChange, 'name')}
    />
    <AccessField value={draft.access} onChange={access => onChange({ ...draft, access })} />
    <TextField
      label="Lifetime of access tokens (seconds)"
      description="60 to 86,400. Entra’s gallery accepts 3,600 (1 hour) to 21,600 (6 hours)."
      error={errorAt('tokenLifetime')}
      inputMode="numeric"
      {...bindText(draft, onChange, 'tokenLifetime')}
    />
  </>
)

type AssertionField = 'directory' | 'application' | 'principal' | 'issuer' | 'subject' | 'caller' | 'jwks'

function AssertionFields({ draft, onChange, errorAt }: FieldsProps) {
  const field = (name: AssertionField, label: string, description?: string) => (
    <TextField
      label={label}
      description={description}
      error={errorAt(`assertion.${name}`)}
      {...bindText(draft, onChange, name)}
    />
  )
  if (draft.method === 'secret') return null
  if (draft.method === 'entra') {
    return (
      <>
        {field('directory', 'Directory (tenant) ID', 'In Entra: Overview, Tenant ID.')}
        {field('application', 'Application ID of the workload', 'Its app registration’s client ID.')}
        {field(
          'principal',
          'Object ID of the provisioning service',
          'The service principal Microsoft.Azure.SyncFabric in your directory: Enterprise applications, all applications.',
        )}
        {draft.jwks !== '' &&
          field('jwks', 'Key set URL', 'A stand-in for Microsoft’s keys, on localhost only.')}
      </>
    )
  }
  return (
    <>
      {field('issuer', 'Issuer', 'Exactly as in the claim iss.')}
      {field('subject', 'Subject', 'Exactly as in the claim sub.')}
      <LinesField
        label="Audiences"
        description="One per line. One of them must be in the claim aud."
        error={errorAt('assertion.audiences')}
        {...bindText(draft, onChange, 'audiences')}
      />
      {field('caller', 'Application (optional)', 'The claim azp or appid. Blank: any.')}
      {field('jwks', 'Key set URL (optional)', 'Blank: found through the issuer’s metadata.')}
    </>
  )
}
