import { useEffect, useRef, useState } from 'preact/hooks'
import type { Snapshot } from '../answers.ts'
import { apiPath, post, remove } from '../api.ts'
import { Dialog } from '../components/dialog.tsx'
import { ActionButton, ClientText, Empty, PageHead, Time } from '../components/elements.tsx'
import { Field } from '../components/field.tsx'
import { type Column, PagedTable } from '../components/table.tsx'
import { formatCount, formatSize } from '../format.ts'
import { onLive } from '../live.ts'
import { usePages } from '../load.ts'
import { announce } from '../notices.ts'

export function SnapshotsPage() {
  const pages = usePages<Snapshot>(apiPath(['snapshots']))
  const [asked, setAsked] = useState<Snapshot>()
  useEffect(() => onLive('changed', pages.reload), [])
  const save = async (name: string) => {
    await post(apiPath(['snapshots']), name === '' ? {} : { name })
    announce('The snapshot is saved.')
    pages.reload()
  }
  const forget = async ({ id, name }: Snapshot) => {
    await remove(apiPath(['snapshots', id]))
    announce(`The snapshot "${name}" is deleted.`)
    pages.reload()
  }
  const columns: readonly Column<Snapshot>[] = [
    { name: 'Name', of: ({ name }) => <ClientText text={name} /> },
    { name: 'Saved', of: ({ created }) => <Time at={created} relative /> },
    { name: 'Contents', of: ({ tenants }) => tenants.map(formatContents).join('; '), wide: true },
    { name: 'Size', of: ({ bytes }) => formatSize(bytes), numeric: true, wide: true },
    {
      name: 'Actions',
      of: one => (
        <div class="actions">
          <ActionButton act={() => setAsked(one)} label={`Restore ${one.name}`}>
            Restore…
          </ActionButton>
          <ActionButton act={() => forget(one)} label={`Delete ${one.name}`}>
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
        description="Save the users, groups and history of all tenants, try something, and go back. Tokens and the journal stay as they are."
      />
      <SaveForm save={save} />
      <PagedTable
        pages={pages}
        caption="Snapshots"
        columns={columns}
        keyOf={({ id }) => id}
        empty={
          <Empty title="No snapshot yet.">
            <p>Save one before a test that changes a lot.</p>
          </Empty>
        }
      />
      {asked && <RestoreDialog snapshot={asked} onClose={() => setAsked(undefined)} />}
    </>
  )
}

function formatContents({ id, counts, retained = 0 }: Snapshot['tenants'][number]): string {
  const props = Object.entries(counts).map(([type, count]) => formatCount(count, type.toLowerCase()))
  if (retained > 0) props.push(`${retained.toLocaleString('en')} retained`)
  return `${id}: ${props.length > 0 ? props.join(', ') : 'empty'}`
}

function SaveForm({ save }: { readonly save: (name: string) => Promise<void> }) {
  const field = useRef<HTMLInputElement>(null)
  return (
    <form class="line" onSubmit={event => event.preventDefault()}>
      <Field label="Name">
        {props => <input {...props} ref={field} maxLength={100} placeholder="before the big change" />}
      </Field>
      <ActionButton tone="primary" act={() => save(field.current?.value.trim() ?? '')}>
        Save a snapshot
      </ActionButton>
    </form>
  )
}

function RestoreDialog({ snapshot, onClose }: { readonly snapshot: Snapshot; readonly onClose: () => void }) {
  const restore = async () => {
    await post(apiPath(['snapshots', snapshot.id, 'restore']))
    announce(`All tenants are back at "${snapshot.name}".`)
    onClose()
  }
  return (
    <Dialog title="Go back to this snapshot?" onClose={onClose}>
      <p>
        Users, groups and their history are replaced by those of <ClientText text={snapshot.name} />, saved{' '}
        <Time at={snapshot.created} relative />. What happened since is lost.
      </p>
      <div class="actions">
        <ActionButton tone="danger" act={restore}>
          Restore it
        </ActionButton>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  )
}
