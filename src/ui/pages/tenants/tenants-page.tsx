import { useState } from 'preact/hooks'
import type { OnDelete, ProfileName, Tenant } from '../../../domain/contract/tenants.ts'
import { ApiProblem, call } from '../../api.ts'
import { ConfirmDialog, Dialog, DialogForm } from '../../components/dialog.tsx'
import { Loading } from '../../components/feedback.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { FileNames, FilePicker } from '../../components/file-picker.tsx'
import { PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { formatCount } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { exportFileTypes, importDirectory } from '../../import-directory.ts'
import { navigate, pathTo } from '../../router.ts'
import { loadTenants, tenants } from '../../state.ts'
import { onDeleteLabels, profileLabels } from './tenant-page.tsx'

function NewTenantDialog({ onClose }: { readonly onClose: () => void }) {
  const [id, setId] = useState('')
  const [profile, setProfile] = useState<ProfileName>('aws')
  const [onDelete, setOnDelete] = useState<OnDelete>('retain')
  const create = async () => {
    const body = { profile, onDelete, ...(id.trim() !== '' && { id: id.trim() }) }
    const tenant = await call('POST /tenants', { body })
    announce(`Tenant ${tenant.id} created. Generate a token for it.`)
    await loadTenants()
    navigate(pathTo('connect', { tenant: tenant.id }, { view: 'credentials' }))
  }
  return (
    <Dialog title="New tenant" onClose={onClose}>
      <DialogForm label="Create tenant" onSubmit={create} onClose={onClose}>
        {errorAt => (
          <>
            <TextField
              label="ID"
              description="Part of the endpoint URL. Blank: generated."
              error={errorAt('id')}
              value={id}
              onChange={setId}
            />
            <SelectField label="Profile" value={profile} options={profileLabels} onChange={setProfile} />
            <SelectField label="On delete" value={onDelete} options={onDeleteLabels} onChange={setOnDelete} />
          </>
        )}
      </DialogForm>
    </Dialog>
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

const columns: readonly Column<Tenant>[] = [
  {
    name: 'Tenant',
    of: ({ id, session, imported }) => (
      <>
        <a href={pathTo('tenant', { tenant: id })}>{id}</a>{' '}
        {imported ? '(AWS import)' : session && '(session)'}
      </>
    ),
  },
  { name: 'Profile', of: ({ profile }) => profile },
  { name: 'Contents', of: formatCounts },
  {
    name: 'Tokens',
    of: ({ id, tokens }) => <a href={pathTo('connect', { tenant: id }, { view: 'credentials' })}>{tokens}</a>,
    numeric: true,
  },
  { name: 'Endpoint', of: ({ endpoint }) => <code>{endpoint}</code>, wide: true },
]

export function TenantsPage() {
  const [dialog, setDialog] = useState<'new' | 'open' | 'reset'>()
  const close = () => setDialog(undefined)
  const reset = async () => {
    await call('POST /reset')
    announce('All tenants reset.')
    await loadTenants()
    close()
  }
  return (
    <>
      <PageHead
        title="Tenants"
        description="Each tenant is a separate directory with its own profile, tokens, users and groups."
      >
        <May need="write">
          <button type="button" class="primary" onClick={() => setDialog('new')}>
            New tenant…
          </button>
          <button type="button" onClick={() => setDialog('open')}>
            Open…
          </button>
        </May>
        <May need="destroy">
          <button type="button" class="danger" onClick={() => setDialog('reset')}>
            Reset all tenants…
          </button>
        </May>
      </PageHead>
      {tenants.value ? (
        <Table caption="Tenants" columns={columns} items={tenants.value} keyOf={({ id }) => id} />
      ) : (
        <Loading />
      )}
      {dialog === 'new' && <NewTenantDialog onClose={close} />}
      {dialog === 'open' && <OpenDialog onClose={close} />}
      {dialog === 'reset' && (
        <ConfirmDialog title="Reset all tenants?" label="Reset" onConfirm={reset} onClose={close}>
          Deletes the users, groups, history and recorded requests of every tenant, and sets all clocks to
          real time. Tenants and tokens are kept.
        </ConfirmDialog>
      )}
    </>
  )
}

function OpenDialog({ onClose }: { readonly onClose: () => void }) {
  const [files, setFiles] = useState<readonly File[]>([])
  const [file] = files
  const isSession = file !== undefined && files.length === 1 && /\.html?$/i.test(file.name)
  const open = async () => {
    if (!file) throw new ApiProblem('Choose a file.')
    if (!isSession) return navigate(pathTo('tenant', { tenant: await importDirectory(files) }))
    const { id } = await call('POST /tenants/open-session', { body: file })
    await loadTenants()
    navigate(pathTo('activity', {}, { q: `tenant:${id}` }))
  }
  return (
    <Dialog title="Open" onClose={onClose}>
      <DialogForm label="Open" onSubmit={open} onClose={onClose}>
        {() => (
          <>
            <FilePicker
              label="Drop a file here or choose it"
              accept={`.html,${exportFileTypes}`}
              multiple
              folder="Or choose the folder of an AWS export:"
              onFiles={setFiles}
            >
              A session file, or an export of IAM Identity Center by the AWS CLI as a zip, tar or tar.gz file.
              Both become read-only tenants.
            </FilePicker>
            <FileNames files={files} />
          </>
        )}
      </DialogForm>
    </Dialog>
  )
}
