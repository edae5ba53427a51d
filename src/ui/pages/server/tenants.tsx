import { useState } from 'preact/hooks'
import type { NewTenant, Tenant } from '../../../domain/contract/tenants.ts'
import { ApiProblem, call } from '../../api.ts'
import { Collection, type Column, loadedRows } from '../../components/collection.tsx'
import { FileNames, FilePicker } from '../../components/file-picker.tsx'
import { form, question, useForms } from '../../components/form.tsx'
import { May } from '../../components/may.tsx'
import type { Actions } from '../../components/row.tsx'
import { formatCount } from '../../format.ts'
import { exportFileTypes, importDirectory } from '../../import-directory.ts'
import { navigate, pathTo } from '../../router.ts'
import { loadTenants, tenants } from '../../state.ts'
import { deleteTenant, onDeleteLabels, profileLabels, resetTenant } from './tenant-page.tsx'

export function Tenants() {
  const { open, dialog } = useForms(() => void loadTenants())
  return (
    <>
      <Collection
        noun={['tenant', 'tenants']}
        rows={loadedRows(tenants.value)}
        columns={columns}
        keyOf={({ id }) => id}
        create={{ label: 'New tenant', form: newTenant, primary: true }}
        actions={actions}
        file="tenants.csv"
        tools={
          <>
            <May need="write">
              <button type="button" class="plain" onClick={() => open(openFile())}>
                Open…
              </button>
            </May>
            <May need="destroy">
              <button type="button" class="plain" onClick={() => open(resetAll())}>
                Reset all…
              </button>
            </May>
          </>
        }
        empty="No tenants yet."
      />
      {dialog}
    </>
  )
}

const formatCounts = ({ counts }: Tenant): string =>
  Object.entries(counts)
    .map(([type, { active, disabled, retained }]) => {
      const others = [disabled > 0 && `${disabled} disabled`, retained > 0 && `${retained} retained`].filter(
        Boolean,
      )
      return (
        formatCount(active, `active ${type.toLowerCase()}`) +
        (others.length > 0 ? ` (${others.join(', ')})` : '')
      )
    })
    .join(', ')

const kindOf = ({ session, imported }: Tenant) => (imported ? 'AWS import' : session ? 'session' : '')

const columns: readonly Column<Tenant>[] = [
  { name: 'Tenant', kind: 'name', text: ({ id }) => id, to: ({ id }) => pathTo('tenant', { tenant: id }) },
  { name: 'Kind', text: kindOf },
  { name: 'Profile', always: true, text: ({ profile }) => profile },
  { name: 'Content', kind: 'rest', text: formatCounts },
  {
    name: 'Tokens',
    kind: 'number',
    always: true,
    text: ({ tokens }) => tokens,
    to: ({ id }) => pathTo('connect', { tenant: id }, { view: 'credentials' }),
  },
  { name: 'Endpoint', extra: true, code: true, text: ({ endpoint }) => endpoint },
]

const actions: Actions<Tenant> = {
  Reset: { isOffered: ({ session }) => !session, form: ({ id }) => resetTenant(id) },
  Delete: { form: ({ id }) => deleteTenant(id) },
}

const newTenant = () =>
  form<NewTenant>({
    title: 'New tenant',
    label: 'Create tenant',
    draft: { profile: 'aws', onDelete: 'retain' },
    fields: field => (
      <>
        {field('id', { label: 'ID', description: 'Part of the endpoint URL. Blank: generated.' })}
        {field('profile', { label: 'Profile', options: profileLabels })}
        {field('onDelete', { label: 'On delete', options: onDeleteLabels })}
      </>
    ),
    async submit(body) {
      const tenant = await call('POST /tenants', { body })
      await loadTenants()
      navigate(pathTo('connect', { tenant: tenant.id }, { view: 'credentials' }))
      return `Tenant ${tenant.id} created. Generate a token for it.`
    },
  })

const resetAll = () =>
  question('Reset', {
    title: 'Reset all tenants?',
    text: 'Deletes the users, groups, history and recorded requests of every tenant, and sets all clocks to real time. Tenants and tokens are kept.',
    submit: () => call('POST /reset').then(loadTenants),
    done: 'All tenants reset.',
  })

function openFile() {
  let chosen: readonly File[] = []
  const choose = (files: readonly File[]) => {
    chosen = files
  }
  return form({
    title: 'Open',
    label: 'Open',
    fields: () => <Files onFiles={choose} />,
    async submit() {
      const [file] = chosen
      if (!file) throw new ApiProblem('Choose a file.')
      const isSession = chosen.length === 1 && /\.html?$/i.test(file.name)
      if (!isSession) {
        const tenant = await importDirectory(chosen)
        navigate(pathTo('tenant', { tenant }))
        return `Imported as ${tenant}.`
      }
      const { id } = await call('POST /tenants/open-session', { body: file })
      await loadTenants()
      navigate(pathTo('activity', {}, { q: `tenant:${id}` }))
      return `Opened as ${id}.`
    },
  })
}

function Files({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  const [files, setFiles] = useState<readonly File[]>([])
  return (
    <>
      <FilePicker
        label="Drop a file here or choose it"
        accept={`.html,${exportFileTypes}`}
        multiple
        folder="Or choose the folder of an AWS export:"
        onFiles={chosen => {
          setFiles(chosen)
          onFiles(chosen)
        }}
      >
        A session file, or an export of IAM Identity Center by the AWS CLI as a zip, tar or tar.gz file. Both
        become read-only tenants.
      </FilePicker>
      <FileNames files={files} />
    </>
  )
}
