import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { apiPath, post, remove } from '../../api.ts'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Badge, PageHead, ProblemBox, Time } from '../../components/elements.tsx'
import { formatCount } from '../../format.ts'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'
import { announce } from '../../notices.ts'
import type { PageProps } from '../../router.ts'
import { tenants } from '../../state.ts'
import { NewTokenDialog, RotateDialog, type Token } from './token-dialogs.tsx'

type Asked =
  | { readonly kind: 'new' }
  | { readonly kind: 'rotate' | 'expire' | 'delete'; readonly token: Token }

/** A tenant's access tokens, and how to replace one before it expires. */
export function TokensPage({ tenant = '' }: PageProps) {
  const path = apiPath(['tenants', tenant, 'tokens'])
  const pages = usePages<Token>(path)
  const asked = useSignal<Asked | undefined>(undefined)
  useEffect(() => onLive('changed', pages.reload), [])
  const tokens = pages.items.value
  const limit = tenants.value?.find(({ id }) => id === tenant)?.tokenLimit
  const isFull = limit !== undefined && tokens.length >= limit
  const close = () => {
    asked.value = undefined
    pages.reload()
  }
  const expire = async ({ id, ending }: Token) => {
    await post(apiPath(['tenants', tenant, 'tokens', id, 'expire']))
    announce(`Token …${ending} has expired. Clients that use it get 401.`)
    close()
  }
  const forget = async ({ id, ending }: Token) => {
    await remove(apiPath(['tenants', tenant, 'tokens', id]))
    announce(`Token …${ending} is deleted.`)
    close()
  }
  const shown = asked.value
  return (
    <>
      <PageHead
        title="Tokens"
        description={`Provisioning clients authenticate with these. A token is valid for one year.${
          limit === undefined ? '' : ` A tenant has at most ${limit}.`
        }`}
      >
        <button
          type="button"
          class="primary"
          disabled={isFull}
          aria-describedby={isFull ? 'token-limit' : undefined}
          onClick={() => {
            asked.value = { kind: 'new' }
          }}
        >
          Generate token
        </button>
      </PageHead>
      {pages.problem.value && <ProblemBox problem={pages.problem.value} />}
      {isFull && (
        <p id="token-limit">
          {tokens.length} of {formatCount(limit, 'token')} in use.{' '}
          {tokens.some(({ expired }) => expired)
            ? 'Delete the expired token to generate another.'
            : 'Delete a token that no client uses to generate another.'}
        </p>
      )}
      <div class="slots">
        {tokens.map(token => (
          <TokenCard
            key={token.id}
            token={token}
            canRotate={!token.expired && !isFull}
            ask={kind => {
              asked.value = { kind, token }
            }}
          />
        ))}
      </div>
      {shown?.kind === 'new' && <NewTokenDialog tenant={tenant} onClose={close} />}
      {shown?.kind === 'rotate' && <RotateDialog tenant={tenant} token={shown.token} onClose={close} />}
      {shown?.kind === 'expire' && (
        <ConfirmDialog
          title={`Expire token …${shown.token.ending} now?`}
          words="Expire now"
          act={() => expire(shown.token)}
          onClose={close}
        >
          Clients using this token will get 401, as at the end of its year. It still counts towards the limit
          until you delete it.
        </ConfirmDialog>
      )}
      {shown?.kind === 'delete' && (
        <ConfirmDialog
          title={`Delete token …${shown.token.ending}?`}
          words="Delete"
          act={() => forget(shown.token)}
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
  ask,
}: {
  readonly token: Token
  readonly canRotate: boolean
  readonly ask: (kind: 'rotate' | 'expire' | 'delete') => void
}) => (
  <section class="card" aria-label={`Token ending in ${token.ending}`}>
    <h2>
      <code>…{token.ending}</code> {token.access === 'read' && <Badge>read-only</Badge>}{' '}
      {token.expired ? <Badge tone="bad">expired</Badge> : <Badge tone="good">valid</Badge>}
    </h2>
    {token.warning && (
      <p class="wrong" role="status">
        {token.warning}
      </p>
    )}
    <dl class="facts">
      <div>
        <dt>Expires</dt>
        <dd>
          <Time at={token.expires} />
          {!token.expired && <div class="muted">in {formatCount(token.expiresInDays, 'day')}</div>}
        </dd>
      </div>
      <div>
        <dt>Created</dt>
        <dd>
          <Time at={token.created} />
        </dd>
      </div>
      <div>
        <dt>Last used</dt>
        <dd>{token.lastUsed ? <Time at={token.lastUsed} /> : 'never'}</dd>
      </div>
      <div>
        <dt>Requests</dt>
        <dd>{token.uses.toLocaleString('en')}</dd>
      </div>
    </dl>
    <div class="actions">
      {canRotate && (
        <button type="button" onClick={() => ask('rotate')}>
          Rotate…
        </button>
      )}
      {!token.expired && (
        <button type="button" onClick={() => ask('expire')}>
          Expire now…
        </button>
      )}
      <button type="button" class="danger" onClick={() => ask('delete')}>
        Delete…
      </button>
    </div>
  </section>
)
