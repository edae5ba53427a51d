import { useState } from 'preact/hooks'
import type { Tenant } from '../../answers.ts'
import { ApiProblem, apiPath, post } from '../../api.ts'
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx'
import { ActionButton, Loading, PageHead, ProblemBox } from '../../components/elements.tsx'
import { Field, SelectField } from '../../components/field.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { formatCount } from '../../format.ts'
import { announce } from '../../notices.ts'
import { navigate, pathTo } from '../../router.ts'
import { loadTenants, tenants } from '../../state.ts'
import { onDeleteLabels, profileLabels } from './tenant-page.tsx'

/** Makes a tenant; its first token is made on the page that follows. */
export function NewTenantDialog({ onClose }: { readonly onClose: () => void }) {
  const [id, setId] = useState('')
  const [profile, setProfile] = useState('aws')
  const [onDelete, setOnDelete] = useState('retain')
  const [problem, setProblem] = useState<ApiProblem>()
  const make = async () => {
    try {
      const wish = { profile, onDelete, ...(id.trim() !== '' && { id: id.trim() }) }
      const tenant = await post<Tenant>(apiPath(['tenants']), wish)
      announce(`Tenant ${tenant.id} is made. It needs a token.`)
      await loadTenants()
      navigate(pathTo('tokens', { tenant: tenant.id }))
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setProblem(error)
    }
  }
  return (
    <Dialog title="New tenant" onClose={onClose}>
      <form onSubmit={event => event.preventDefault()}>
        {problem && <ProblemBox problem={problem} />}
        <Field label="Id" description="Part of its address; generated when it is left empty.">
          {props => (
            <input
              {...props}
              value={id}
              onInput={event => setId(event.currentTarget.value)}
              spellcheck={false}
            />
          )}
        </Field>
        <SelectField label="Profile" value={profile} words={profileLabels} choose={setProfile} />
        <SelectField label="A DELETE leaves" value={onDelete} words={onDeleteLabels} choose={setOnDelete} />
        <div class="actions">
          <ActionButton tone="primary" act={make}>
            Make it
          </ActionButton>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  )
}

const formatCounts = ({ counts }: Tenant): string =>
  Object.entries(counts)
    .map(([type, { active, disabled, retained }]) => {
      const rest = [disabled > 0 && `${disabled} disabled`, retained > 0 && `${retained} retained`].filter(
        Boolean,
      )
      return (
        formatCount(active, `active ${type.toLowerCase()}`) + (rest.length > 0 ? ` (${rest.join(', ')})` : '')
      )
    })
    .join(', ')

const columns: readonly Column<Tenant>[] = [
  { name: 'Tenant', of: ({ id }) => <a href={pathTo('tenant', { tenant: id })}>{id}</a> },
  { name: 'Profile', of: ({ profile }) => profile },
  { name: 'Holds', of: formatCounts },
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
        description="Each is an emulated directory of its own, with its profile, tokens, users and groups."
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
