import { useState } from 'preact/hooks'
import type { OAuthClient } from '../../../../domain/contract/oauth-clients.ts'
import { call } from '../../../api.ts'
import { CredentialDialog } from '../../../components/credential-dialog.tsx'
import { Dialog, DialogForm } from '../../../components/dialog.tsx'
import { RadioField, SelectField } from '../../../components/field.tsx'
import { announce } from '../../../frame/notice.tsx'
import {
  type ClientDraft,
  draftOf,
  emptyDraft,
  type Method,
  methods,
  secretLifetimes,
  toClientFields,
  toNewClient,
} from './client-draft.ts'
import { AssertionFields, ClientFields } from './client-fields.tsx'

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
