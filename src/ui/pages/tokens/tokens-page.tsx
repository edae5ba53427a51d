import { useSignal } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { IssuedToken, Token } from '../../../domain/contract/tokens.ts'
import { describeClient } from '../../../scim/recognition/products.ts'
import { call } from '../../api.ts'
import { CredentialDialog, type ShownCredential } from '../../components/credential-dialog.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Badge, Empty, ProblemBox } from '../../components/feedback.tsx'
import { SelectField } from '../../components/field.tsx'
import { Fact, PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { Time } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'
import type { PageProps } from '../../router.ts'
import { tenants } from '../../state.ts'
import { type Access, AccessField } from './access-field.tsx'
import { AccessKeys } from './access-keys.tsx'
import { Clients } from './clients/clients.tsx'
import { Issuers } from './issuers/issuers.tsx'

type OpenDialog =
  | { readonly kind: 'new' }
  | { readonly kind: 'rotate' | 'expire' | 'delete'; readonly token: Token }

export function TokensPage({ tenant = '' }: PageProps) {
  const pages = usePages('GET /tenants/:tenant/tokens', { params: { tenant } })
  const dialog = useSignal<OpenDialog | undefined>(undefined)
  useEffect(() => onLive('changed', pages.reload), [])
  // A reload must not hide the text of an empty list.
  const wasLoaded = useRef(false)
  wasLoaded.current ||= !pages.loading.value
  const tokens = pages.items.value
  const limit = tenants.value?.find(({ id }) => id === tenant)?.tokenLimit
  const isFull = limit !== undefined && tokens.length >= limit
  const close = () => {
    dialog.value = undefined
    pages.reload()
  }
  const expire = async ({ id, ending }: Token) => {
    await call('POST /tenants/:tenant/tokens/:token/expire', { params: { tenant, token: id } })
    announce(`Token …${ending} expired. Clients that use it get 401.`)
    close()
  }
  const deleteToken = async ({ id, ending }: Token) => {
    await call('DELETE /tenants/:tenant/tokens/:token', { params: { tenant, token: id } })
    announce(`Token …${ending} deleted.`)
    close()
  }
  const open = dialog.value
  return (
    <>
      <PageHead
        title="Tokens"
        description={`Provisioning clients authenticate with an access token. A token is valid for one year.${
          limit === undefined ? '' : ` A tenant has at most ${limit}.`
        }`}
      >
        <May need="write">
          <button
            type="button"
            class="primary"
            disabled={isFull}
            aria-describedby={isFull ? 'token-limit' : undefined}
            onClick={() => {
              dialog.value = { kind: 'new' }
            }}
          >
            Generate token
          </button>
        </May>
      </PageHead>
      {pages.problem.value && <ProblemBox problem={pages.problem.value} />}
      {isFull && (
        <p id="token-limit">
          {tokens.length} of {formatCount(limit, 'token')} in use.{' '}
          {tokens.some(({ expired }) => expired)
            ? 'To generate another, delete the expired token.'
            : 'To generate another, delete a token that no client uses.'}
        </p>
      )}
      {tokens.length === 0 && wasLoaded.current && !pages.problem.value && (
        <Empty title="No access tokens yet.">
          <p>Generate one, and enter it in the provisioning client.</p>
        </Empty>
      )}
      <div class="token-cards">
        {tokens.map(token => (
          <TokenCard
            key={token.id}
            token={token}
            canRotate={!token.expired && !isFull}
            onDialog={kind => {
              dialog.value = { kind, token }
            }}
          />
        ))}
      </div>
      <OtherCredentials tenant={tenant} />
      <AccessKeys tenant={tenant} />
      {open?.kind === 'new' && <NewTokenDialog tenant={tenant} onClose={close} />}
      {open?.kind === 'rotate' && <RotateDialog tenant={tenant} token={open.token} onClose={close} />}
      {open?.kind === 'expire' && (
        <ConfirmDialog
          title={`Expire token …${open.token.ending} now?`}
          label="Expire now"
          onConfirm={() => expire(open.token)}
          onClose={close}
        >
          Clients using this token will get 401. It still counts toward the limit until you delete it.
        </ConfirmDialog>
      )}
      {open?.kind === 'delete' && (
        <ConfirmDialog
          title={`Delete token …${open.token.ending}?`}
          label="Delete"
          onConfirm={() => deleteToken(open.token)}
          onClose={close}
        >
          Clients using this token will get 401. This can’t be undone.
        </ConfirmDialog>
      )}
    </>
  )
}

const TokenCard = ({
  token,
  canRotate,
  onDialog,
}: {
  readonly token: Token
  readonly canRotate: boolean
  readonly onDialog: (kind: 'rotate' | 'expire' | 'delete') => void
}) => (
  <section class="card" aria-label={`Token ending in ${token.ending}`}>
    <h2>
      <code>…{token.ending}</code> {token.access === 'read' && <Badge>read-only</Badge>}{' '}
      {token.expired ? <Badge tone="bad">expired</Badge> : <Badge tone="good">valid</Badge>}
    </h2>
    {token.warning && (
      <p class="error" role="status">
        {token.warning}
      </p>
    )}
    <dl class="facts">
      <Fact name="Expires">
        <Time at={token.expires} />
        {!token.expired && <div class="muted">in {formatCount(token.expiresInDays, 'day')}</div>}
      </Fact>
      <Fact name="Client">{token.recognized ? describeClient(token.recognized) : 'not recognized yet'}</Fact>
      <Fact name="Created">
        <Time at={token.created} />
      </Fact>
      <Fact name="Last used">{token.lastUsed ? <Time at={token.lastUsed} /> : 'never'}</Fact>
      <Fact name="Requests">{token.requests.toLocaleString('en')}</Fact>
    </dl>
    <May need="destroy">
      <div class="actions">
        {canRotate && (
          <button type="button" onClick={() => onDialog('rotate')}>
            Rotate…
          </button>
        )}
        {!token.expired && (
          <button type="button" onClick={() => onDialog('expire')}>
            Expire now…
          </button>
        )}
        <button type="button" class="danger" onClick={() => onDialog('delete')}>
          Delete…
        </button>
      </div>
    </May>
  </section>
)

const showToken = ({ value }: IssuedToken): ShownCredential => ({
  secret: 'token',
  values: { Token: value },
  hint: (
    <p>
      In Entra, enter it under <em>Provisioning, Admin credentials, Secret Token</em>.
    </p>
  ),
})

function NewTokenDialog({ tenant, onClose }: { readonly tenant: string; readonly onClose: () => void }) {
  const [access, setAccess] = useState<Access>('full')
  return (
    <CredentialDialog
      title="Generate token"
      label="Generate"
      create={() => call('POST /tenants/:tenant/tokens', { params: { tenant }, body: { access } })}
      show={showToken}
      onClose={onClose}
    >
      {() => <AccessField value={access} onChange={setAccess} />}
    </CredentialDialog>
  )
}

export const overlaps = {
  '1h': '1 hour',
  '24h': '1 day',
  '7d': '7 days',
  '30d': '30 days',
}

/** Generates a second token; the old one stays valid for the overlap, so the client can switch without downtime. */
function RotateDialog({
  tenant,
  token,
  onClose,
}: {
  readonly tenant: string
  readonly token: Token
  readonly onClose: () => void
}) {
  const [overlap, setOverlap] = useState<keyof typeof overlaps>('24h')
  return (
    <CredentialDialog
      title={`Rotate token …${token.ending}`}
      label="Rotate"
      create={() =>
        call('POST /tenants/:tenant/tokens/:token/rotate', {
          params: { tenant, token: token.id },
          body: { overlap },
        })
      }
      show={showToken}
      onClose={onClose}
    >
      {() => (
        <>
          <p>Generates a second token. The old one stays valid for the overlap, then expires.</p>
          <SelectField label="Overlap" value={overlap} options={overlaps} onChange={setOverlap} />
        </>
      )}
    </CredentialDialog>
  )
}

function OtherCredentials({ tenant }: { readonly tenant: string }) {
  const profile = tenants.value?.find(({ id }) => id === tenant)?.profile
  if (profile === undefined) return null
  return (
    <>
      {profile === 'aws' && (
        <p class="muted above-table">
          Clients of a token endpoint and trusted issuers are for tenants with the profile entra or rfc: AWS
          accepts its own access tokens only.
        </p>
      )}
      <Clients tenant={tenant} isOffered={profile !== 'aws'} />
      <Issuers tenant={tenant} isOffered={profile !== 'aws'} />
    </>
  )
}
