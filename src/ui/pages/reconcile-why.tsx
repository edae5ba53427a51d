import { useState } from 'preact/hooks'
import type { Exchange } from '../../domain/contract/exchanges.ts'
import type { Identity } from '../../domain/contract/identities.ts'
import type { Reconciliation } from '../../domain/contract/reconcile.ts'
import { call } from '../api.ts'
import { ActionButton } from '../components/buttons.tsx'
import { ClientText } from '../components/text.tsx'
import { pathTo } from '../router.ts'
import { refusalLabel } from './exchange/refusal-labels.ts'

type MissingObject = {
  readonly label: string
  readonly type: Reconciliation['type']
  readonly tenant: string
}

type Cause = { readonly identity?: Identity | undefined; readonly exchange?: Exchange | undefined }

export function WhyMissing(missing: MissingObject) {
  const [cause, setCause] = useState<Cause>()
  if (!cause) {
    return (
      <ActionButton
        label={`Why is ${missing.label} missing?`}
        onAction={async () => setCause(await findCause(missing))}
      >
        Why?
      </ActionButton>
    )
  }
  return (
    <span role="status">
      <CauseView cause={cause} {...missing} />
    </span>
  )
}

const CauseView = ({
  cause: { identity, exchange },
  type,
  tenant,
}: MissingObject & { readonly cause: Cause }) => {
  if (exchange) {
    return (
      <>
        <a href={pathTo('exchange', { id: exchange.id })}>
          {exchange.action} failed ({exchange.status})
        </a>{' '}
        <ClientText text={refusalLabel(exchange) ?? exchange.detail ?? ''} />
      </>
    )
  }
  if (identity) {
    const page = type === 'Group' ? 'group' : 'user'
    return (
      <a href={pathTo(page, { tenant, id: identity.id })}>
        {identity.status === 'retained' ? 'Deleted by its client' : 'Removed'}
      </a>
    )
  }
  return <>No request about it: not in scope, not assigned, or not yet provisioned.</>
}

async function findCause({ label, type, tenant }: MissingObject): Promise<Cause> {
  const name = label.replaceAll(/["\\]/g, '')
  const list = type === 'Group' ? 'groups' : 'users'
  const params = { tenant }
  const [identities, failed] = await Promise.all([
    call(`GET /tenants/:tenant/${list}`, { params, query: { text: label, limit: 20 } }),
    call('GET /exchanges', {
      query: { q: `tenant:${tenant} target:"${name}" -status:2xx -status:404`, limit: 20 },
    }),
  ])
  const isSame = (text: string | undefined) => text?.toLowerCase() === label.toLowerCase()
  const identity = identities.items.find(one => isSame(one.label))
  const exchange = failed.items.find(({ target }) => isSame(target?.label))
  const isNewer = exchange && (!identity?.deleted || exchange.tenantTime > identity.deleted.at)
  return isNewer ? { exchange } : { identity }
}
