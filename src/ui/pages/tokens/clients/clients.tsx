import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { ClientSecret, OAuthClient } from '../../../../domain/contract/oauth-clients.ts'
import { call } from '../../../api.ts'
import { ConfirmDialog } from '../../../components/dialog.tsx'
import { ProblemBox } from '../../../components/feedback.tsx'
import { May } from '../../../components/may.tsx'
import { ClientText } from '../../../components/text.tsx'
import { announce } from '../../../frame/notice.tsx'
import { onLive } from '../../../live.ts'
import { usePages } from '../../../load.ts'
import { ClientCard } from './client-card.tsx'
import { EditClientDialog, NewClientDialog, NewSecretDialog } from './client-dialogs.tsx'

type OpenDialog =
  | { readonly kind: 'new' }
  | { readonly kind: 'new-secret' | 'edit' | 'delete'; readonly client: OAuthClient }
  | { readonly kind: 'delete-secret'; readonly client: OAuthClient; readonly secret: ClientSecret }

export function Clients({
  tenant,
  isOffered,
}: {
  readonly tenant: string
  /** Whether the tenant may have them; those of an earlier profile are kept. */
  readonly isOffered: boolean
}) {
  const pages = usePages('GET /tenants/:tenant/clients', { params: { tenant } })
  const dialog = useSignal<OpenDialog | undefined>(undefined)
  useEffect(() => onLive('changed', pages.reload), [])
  const close = () => {
    dialog.value = undefined
    pages.reload()
  }
  if (!isOffered && pages.items.value.length === 0) return null
  return (
    <section aria-labelledby="clients">
      <h2 id="clients">Clients</h2>
      <p>
        A client requests access tokens at the token endpoint (OAuth 2.0 client credentials), with a secret or
        with an assertion of an identity provider. Access tokens expire within hours.
      </p>
      {isOffered && (
        <May need="write">
          <div class="actions">
            <button
              type="button"
              onClick={() => {
                dialog.value = { kind: 'new' }
              }}
            >
              Create client…
            </button>
          </div>
        </May>
      )}
      {pages.problem.value && <ProblemBox problem={pages.problem.value} />}
      <div class="token-cards">
        {pages.items.value.map(client => (
          <ClientCard
            key={client.id}
            tenant={tenant}
            client={client}
            onDialog={kind => {
              dialog.value = { kind, client }
            }}
            onDeleteSecret={secret => {
              dialog.value = { kind: 'delete-secret', client, secret }
            }}
          />
        ))}
      </div>
      {dialog.value && <ClientDialog open={dialog.value} tenant={tenant} onClose={close} />}
    </section>
  )
}

function ClientDialog({
  open,
  tenant,
  onClose,
}: {
  readonly open: OpenDialog
  readonly tenant: string
  readonly onClose: () => void
}) {
  if (open.kind === 'new') return <NewClientDialog tenant={tenant} onClose={onClose} />
  const { client } = open
  const params = { tenant, client: client.id }
  const deleteClient = async () => {
    await call('DELETE /tenants/:tenant/clients/:client', { params })
    announce('Client deleted.')
    onClose()
  }
  switch (open.kind) {
    case 'new-secret':
      return <NewSecretDialog tenant={tenant} client={client} onClose={onClose} />
    case 'edit':
      return <EditClientDialog tenant={tenant} client={client} onClose={onClose} />
    case 'delete':
      return (
        <ConfirmDialog title="Delete client?" label="Delete" onConfirm={deleteClient} onClose={onClose}>
          The secrets and access tokens of <ClientText text={client.name} /> will be rejected. This can’t be
          undone.
        </ConfirmDialog>
      )
    case 'delete-secret': {
      const { id, ending } = open.secret
      const deleteSecret = async () => {
        await call('DELETE /tenants/:tenant/clients/:client/secrets/:secret', {
          params: { ...params, secret: id },
        })
        announce(`Secret …${ending} deleted.`)
        onClose()
      }
      return (
        <ConfirmDialog
          title={`Delete secret …${ending}?`}
          label="Delete"
          onConfirm={deleteSecret}
          onClose={onClose}
        >
          The secret, and access tokens that were issued for it, will be rejected. This can’t be undone.
        </ConfirmDialog>
      )
    }
  }
}
