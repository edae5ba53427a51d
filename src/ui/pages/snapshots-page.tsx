import { useEffect, useRef, useState } from 'preact/hooks'
import type { Snapshot } from '../../contract/snapshots.ts'
import { call } from '../api.ts'
import { ActionButton } from '../components/buttons.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Empty } from '../components/feedback.tsx'
import { Field } from '../components/field.tsx'
import { PageHead } from '../components/layout.tsx'
import { type Column, ListTable } from '../components/table.tsx'
import { ClientText, Time } from '../components/text.tsx'
import { formatCount, formatSize } from '../format.ts'
import { announce } from '../frame/notice.tsx'
import { onLive } from '../live.ts'
import { useLoad } from '../load.ts'

export function SnapshotsPage() {
  const snapshots = useLoad('GET /snapshots')
  const [restoring, setRestoring] = useState<Snapshot>()
  useEffect(() => onLive('changed', snapshots.reload), [])
  const save = async (name: string) => {
    await call('POST /snapshots', { body: name === '' ? {} : { name } })
    announce('Snapshot saved.')
    snapshots.reload()
  }
  const deleteSnapshot = async ({ id, name }: Snapshot) => {
    await call('DELETE /snapshots/:id', { params: { id } })
    announce(`Snapshot "${name}" deleted.`)
    snapshots.reload()
  }
  const columns: readonly Column<Snapshot>[] = [
    { name: 'Name', of: ({ name }) => <ClientText text={name} /> },
    { name: 'Saved', of: ({ created }) => <Time at={created} relative /> },
    { name: 'Contents', of: ({ tenants }) => tenants.map(formatContents).join('; '), wide: true },
    { name: 'Size', of: ({ bytes }) => formatSize(bytes), numeric: true, wide: true },
    {
      name: 'Actions',
      of: snapshot => (
        <div class="actions">
          <ActionButton onAction={() => setRestoring(snapshot)} label={`Restore ${snapshot.name}`}>
            Restore…
          </ActionButton>
          <ActionButton onAction={() => deleteSnapshot(snapshot)} label={`Delete ${snapshot.name}`}>
            Delete
          </ActionButton>
        </div>
      ),
    },
  ]
  return (
    <>
      <PageHead
        title="Snapshots"
        description="Save and restore the users, groups and history of all tenants. Tokens and recorded requests are not affected."
      />
      <SaveForm save={save} />
      <ListTable
        list={snapshots}
        caption="Snapshots"
        columns={columns}
        keyOf={({ id }) => id}
        empty={
          <Empty title="No snapshots yet.">
            <p>Save one before a test that changes many records.</p>
          </Empty>
        }
      />
      {restoring && <RestoreDialog snapshot={restoring} onClose={() => setRestoring(undefined)} />}
    </>
  )
}

function formatContents({ id, counts, retained = 0 }: Snapshot['tenants'][number]): string {
  const parts = Object.entries(counts).map(([type, count]) => formatCount(count, type.toLowerCase()))
  if (retained > 0) parts.push(`${retained.toLocaleString('en')} retained`)
  return `${id}: ${parts.length > 0 ? parts.join(', ') : 'empty'}`
}

function SaveForm({ save }: { readonly save: (name: string) => Promise<void> }) {
  const field = useRef<HTMLInputElement>(null)
  return (
    <form class="inline" onSubmit={event => event.preventDefault()}>
      <Field label="Name">
        {props => <input {...props} ref={field} maxLength={100} placeholder="before the migration" />}
      </Field>
      <ActionButton tone="primary" onAction={() => save(field.current?.value.trim() ?? '')}>
        Save snapshot
      </ActionButton>
    </form>
  )
}

function RestoreDialog({ snapshot, onClose }: { readonly snapshot: Snapshot; readonly onClose: () => void }) {
  const restore = async () => {
    await call('POST /snapshots/:id/restore', { params: { id: snapshot.id } })
    announce(`Snapshot "${snapshot.name}" restored.`)
    onClose()
  }
  return (
    <Dialog title="Restore snapshot?" onClose={onClose}>
      <p>
        Replaces all users, groups and their history with those of <ClientText text={snapshot.name} />, saved{' '}
        <Time at={snapshot.created} relative />. Later changes are lost.
      </p>
      <div class="actions">
        <ActionButton tone="danger" onAction={restore}>
          Restore
        </ActionButton>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  )
}
