import type { Snapshot } from '../../../domain/contract/snapshots.ts'
import { call } from '../../api.ts'
import { Collection, type Column } from '../../components/collection.tsx'
import { form } from '../../components/form.tsx'
import type { Actions } from '../../components/row.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { formatCount, formatSize } from '../../format.ts'
import { useLoad } from '../../load.ts'

/** Users, groups and history of all tenants; tokens and recorded requests are not in them. */
export function Snapshots() {
  const loaded = useLoad('GET /snapshots')
  return (
    <section>
      <Collection
        title="Snapshots"
        noun={['snapshot', 'snapshots']}
        rows={{ ...loaded, items: { value: loaded.value.value?.items ?? [] } }}
        columns={columns}
        keyOf={({ id }) => id}
        actions={actions}
        create={{ label: 'Take a snapshot', form: newSnapshot }}
        empty="None. Take one before a test that changes many records."
      />
    </section>
  )
}

const columns: readonly Column<Snapshot>[] = [
  { name: 'Name', kind: 'name', text: ({ name }) => name },
  {
    name: 'Content',
    kind: 'rest',
    text: ({ tenants }) => tenants.map(formatContents).join('; '),
  },
  {
    name: 'Size',
    kind: 'number',
    wide: true,
    text: ({ bytes }) => bytes,
    of: ({ bytes }) => formatSize(bytes),
  },
  { name: 'Taken', kind: 'time', text: ({ created }) => created },
]

function formatContents({ id, counts, retained = 0 }: Snapshot['tenants'][number]): string {
  const parts = Object.entries(counts).map(([type, count]) => formatCount(count, type.toLowerCase()))
  if (retained > 0) parts.push(`${retained.toLocaleString('en')} retained`)
  return `${id}: ${parts.length > 0 ? parts.join(', ') : 'empty'}`
}

const newSnapshot = () =>
  form<{ readonly name?: string }>({
    title: 'Take a snapshot',
    label: 'Take',
    text: 'Saves the users, groups and history of all tenants.',
    fields: field => field('name', { label: 'Name', maxLength: 100, placeholder: 'before the migration' }),
    async submit(body) {
      await call('POST /snapshots', { body })
      return 'Snapshot taken.'
    },
  })

const actions: Actions<Snapshot> = {
  Restore: {
    asks: ({ id, name, created }) => ({
      title: 'Restore snapshot?',
      text: (
        <>
          Replaces all users, groups and their history with those of <ClientText text={name} />, taken{' '}
          <Time at={created} />. Later changes are lost.
        </>
      ),
      submit: () => call('POST /snapshots/:id/restore', { params: { id } }),
      done: `Snapshot "${name}" restored.`,
    }),
  },
  Delete: {
    asks: ({ id, name, created }) => ({
      title: 'Delete snapshot?',
      text: (
        <>
          <ClientText text={name} />, taken <Time at={created} />, can’t be restored afterwards.
        </>
      ),
      submit: () => call('DELETE /snapshots/:id', { params: { id } }),
      done: `Snapshot "${name}" deleted.`,
    }),
  },
}
