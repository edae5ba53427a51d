import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { TrustedIssuer } from '../../../../domain/contract/issuers.ts'
import { call } from '../../../api.ts'
import { ConfirmDialog } from '../../../components/dialog.tsx'
import { ProblemBox } from '../../../components/feedback.tsx'
import { May } from '../../../components/may.tsx'
import { ClientText } from '../../../components/text.tsx'
import { announce } from '../../../frame/notice.tsx'
import { onLive } from '../../../live.ts'
import { usePages } from '../../../load.ts'
import { IssuerCard } from './issuer-card.tsx'
import { CheckDialog } from './issuer-check.tsx'
import { EditIssuerDialog, NewIssuerDialog } from './issuer-form.tsx'

type OpenDialog =
  | { readonly kind: 'new' }
  | { readonly kind: 'check' | 'edit' | 'delete'; readonly issuer: TrustedIssuer }

export function Issuers({
  tenant,
  isOffered,
}: {
  readonly tenant: string
  /** Whether the tenant may have them; those of an earlier profile are kept. */
  readonly isOffered: boolean
}) {
  const pages = usePages('GET /tenants/:tenant/issuers', { params: { tenant } })
  const dialog = useSignal<OpenDialog | undefined>(undefined)
  useEffect(() => onLive('changed', pages.reload), [])
  const close = () => {
    dialog.value = undefined
    pages.reload()
  }
  if (!isOffered && pages.items.value.length === 0) return null
  return (
    <section aria-labelledby="issuers">
      <h2 id="issuers">Trusted issuers</h2>
      <p>
        Requests with a JWT of a trusted issuer are accepted: a token of Entra, of Keycloak, or of another
        authorization server that signs its access tokens.
      </p>
      {isOffered && (
        <May need="destroy">
          <div class="actions">
            <button
              type="button"
              onClick={() => {
                dialog.value = { kind: 'new' }
              }}
            >
              Trust an issuer…
            </button>
          </div>
        </May>
      )}
      {pages.problem.value && <ProblemBox problem={pages.problem.value} />}
      <div class="token-cards">
        {pages.items.value.map(issuer => (
          <IssuerCard
            key={issuer.id}
            issuer={issuer}
            onDialog={kind => {
              dialog.value = { kind, issuer }
            }}
          />
        ))}
      </div>
      {dialog.value && <IssuerDialog open={dialog.value} tenant={tenant} onClose={close} />}
    </section>
  )
}

function IssuerDialog({
  open,
  tenant,
  onClose,
}: {
  readonly open: OpenDialog
  readonly tenant: string
  readonly onClose: () => void
}) {
  if (open.kind === 'new') return <NewIssuerDialog tenant={tenant} onClose={onClose} />
  const { issuer } = open
  const remove = async () => {
    await call('DELETE /tenants/:tenant/issuers/:issuer', { params: { tenant, issuer: issuer.id } })
    announce('The issuer is no longer trusted.')
    onClose()
  }
  switch (open.kind) {
    case 'check':
      return <CheckDialog tenant={tenant} issuer={issuer} onClose={onClose} />
    case 'edit':
      return <EditIssuerDialog tenant={tenant} issuer={issuer} onClose={onClose} />
    case 'delete':
      return (
        <ConfirmDialog title="Remove trusted issuer?" label="Remove" onConfirm={remove} onClose={onClose}>
          Requests with tokens of <ClientText text={issuer.name} /> will get 401.
        </ConfirmDialog>
      )
  }
}
