import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { announce } from '../../announce.ts'
import { apiPath, post, remove } from '../../api.ts'
import { Badge, PageHead, ProblemBox, Time } from '../../components/basics.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'
import type { PageParts } from '../../page-parts.ts'
import { tenants } from '../../state.ts'
import { counted } from '../../words.ts'
import { NewTokenDialog } from './new-token-dialog.tsx'
import { RotateDialog } from './rotate-dialog.tsx'
import type { Token } from './token.ts'

type Asked =
  | { readonly kind: 'new' }
  | { readonly kind: 'rotate' | 'expire' | 'delete'; readonly token: Token }

/** A tenant's access tokens: as many slots as its profile has, what is in them, and how to renew it in time. */
export function TokensPage({ tenant = '' }: PageParts) {
  const path = apiPath(['tenants', tenant, 'tokens'])
  const pages = usePages<Token>(path)
  const asked = useSignal<Asked | undefined>(undefined)
  useEffect(() => onLive('changed', pages.reload), [])
  const tokens = pages.items.value
  const limit = tenants.value?.find(({ id }) => id === tenant)?.tokenLimit
  const free = limit === undefined ? 1 : Math.max(0, limit - tokens.length)
  const close = () => {
    asked.value = undefined
    pages.reload()
  }
  const expire = async ({ id, ending }: Token) => {
    await post(apiPath(['tenants', tenant, 'tokens', id, 'expire']))
    announce(`Token …${ending} has expired: whoever uses it is refused from now on.`)
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
        says={
          limit === undefined
            ? 'What provisioning clients authenticate with. A token is valid for one year.'
            : `What provisioning clients authenticate with. A token is valid for one year, and a tenant has at most ${limit}, as on AWS.`
        }
      />
      {pages.problem.value && <ProblemBox problem={pages.problem.value} />}
      <div class="slots">
        {tokens.map(token => (
          <TokenCard
            key={token.id}
            token={token}
            ask={kind => {
              asked.value = { kind, token }
            }}
          />
        ))}
        {Array.from({ length: free }, (_, at) => (
          <section key={at} class="card free" aria-label="Free slot">
            <h2>Free slot</h2>
            <p class="muted">A second token lets a client change over without a gap.</p>
            <div class="actions">
              <button
                type="button"
                class="primary"
                onClick={() => {
                  asked.value = { kind: 'new' }
                }}
              >
                Make a token
              </button>
            </div>
          </section>
        ))}
      </div>
      {shown?.kind === 'new' && <NewTokenDialog tenant={tenant} onClose={close} />}
      {shown?.kind === 'rotate' && <RotateDialog tenant={tenant} token={shown.token} onClose={close} />}
      {shown?.kind === 'expire' && (
        <ConfirmDialog
          title={`Let token …${shown.token.ending} expire now?`}
          words="Expire now"
          act={() => expire(shown.token)}
          onClose={close}
        >
          Whoever uses it is refused with 401 from now on, as when a year is over. It keeps its slot until it
          is deleted.
        </ConfirmDialog>
      )}
      {shown?.kind === 'delete' && (
        <ConfirmDialog
          title={`Delete token …${shown.token.ending}?`}
          words="Delete"
          act={() => forget(shown.token)}
          onClose={close}
        >
          Whoever uses it is refused with 401 from now on. This can’t be undone.
        </ConfirmDialog>
      )}
    </>
  )
}

const TokenCard = ({
  token,
  ask,
}: {
  readonly token: Token
  readonly ask: (kind: 'rotate' | 'expire' | 'delete') => void
}) => (
  <section class="card" aria-label={`Token ending in ${token.ending}`}>
    <h2>
      <code>…{token.ending}</code> {token.access === 'read' && <Badge>may only read</Badge>}{' '}
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
          {!token.expired && <div class="muted">in {counted(token.expiresInDays, 'day')}</div>}
        </dd>
      </div>
      <div>
        <dt>Made</dt>
        <dd>
          <Time at={token.created} />
        </dd>
      </div>
      <div>
        <dt>Last used</dt>
        <dd>{token.lastUsed ? <Time at={token.lastUsed} /> : 'never'}</dd>
      </div>
      <div>
        <dt>Uses</dt>
        <dd>{token.uses.toLocaleString('en')}</dd>
      </div>
    </dl>
    <div class="actions">
      {!token.expired && (
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
