import { useState } from 'preact/hooks'
import { announce } from '../../announce.ts'
import type { Tenant } from '../../answers.ts'
import { apiPath, post } from '../../api.ts'
import { Loading, PageHead } from '../../components/basics.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { type Column, Table } from '../../components/list.tsx'
import { pathTo } from '../../router.ts'
import { loadTenants, tenants } from '../../state.ts'
import { counted } from '../../words.ts'
import { NewTenantDialog } from './new-tenant-dialog.tsx'

const countWords = ({ counts }: Tenant): string =>
  Object.entries(counts)
    .map(([type, { active, disabled, retained }]) => {
      const rest = [disabled > 0 && `${disabled} disabled`, retained > 0 && `${retained} retained`].filter(
        Boolean,
      )
      return (
        counted(active, `active ${type.toLowerCase()}`) + (rest.length > 0 ? ` (${rest.join(', ')})` : '')
      )
    })
    .join(', ')

const columns: readonly Column<Tenant>[] = [
  { name: 'Tenant', of: ({ id }) => <a href={pathTo('tenant', { tenant: id })}>{id}</a> },
  { name: 'Profile', of: ({ profile }) => profile },
  { name: 'Holds', of: countWords },
  {
    name: 'Tokens',
    of: ({ id, tokens }) => <a href={pathTo('tokens', { tenant: id })}>{tokens}</a>,
    numeric: true,
  },
  { name: 'Endpoint', of: ({ endpoint }) => <code>{endpoint}</code>, wide: true },
]

/** The directories of this server. */
export function TenantsPage() {
  const [asked, setAsked] = useState<'new' | 'reset'>()
  const close = () => setAsked(undefined)
  const reset = async () => {
    await post(apiPath(['reset']))
    announce('Everything is forgotten but tenants and tokens.')
    await loadTenants()
    close()
  }
  return (
    <>
      <PageHead
        title="Tenants"
        says="Each is an emulated directory of its own, with its profile, tokens, users and groups."
      >
        <button type="button" class="primary" onClick={() => setAsked('new')}>
          New tenant…
        </button>
        <button type="button" class="danger" onClick={() => setAsked('reset')}>
          Start over…
        </button>
      </PageHead>
      {tenants.value ? (
        <Table caption="Tenants" columns={columns} items={tenants.value} keyOf={({ id }) => id} />
      ) : (
        <Loading />
      )}
      {asked === 'new' && <NewTenantDialog onClose={close} />}
      {asked === 'reset' && (
        <ConfirmDialog title="Start over?" words="Forget it all" act={reset} onClose={close}>
          Users, groups, their history and the journal of every tenant are forgotten, and all clocks set back.
          Tenants and tokens stay.
        </ConfirmDialog>
      )}
    </>
  )
}
