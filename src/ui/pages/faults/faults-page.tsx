import { useState } from 'preact/hooks'
import type { Fault, FaultPreset } from '../../../domain/contract/faults.ts'
import { call } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { Badge, Empty, ProblemBox } from '../../components/feedback.tsx'
import { PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { announce } from '../../frame/notice.tsx'
import { useLoad } from '../../load.ts'
import { pathTo } from '../../router.ts'
import { faults } from '../../state.ts'
import { FaultForm } from './fault-form.tsx'

export function FaultsPage() {
  const [formOpen, setFormOpen] = useState(false)
  return (
    <>
      <PageHead
        title="Faults"
        description="Inject failures to see how a client copes. Affected requests are marked in Activity. With SQLite, a restart turns faults off."
      >
        <May need="write">
          <button type="button" class="primary" onClick={() => setFormOpen(true)}>
            New fault…
          </button>
        </May>
      </PageHead>
      <ActiveFaults />
      <Presets />
      {formOpen && <FaultForm onClose={() => setFormOpen(false)} />}
    </>
  )
}

const columns: readonly Column<Fault>[] = [
  {
    name: 'Fault',
    of: ({ name, summary, effect }) => (
      <>
        <ClientText text={name ?? summary} />
        {name !== undefined && <div class="muted">{summary}</div>}
        <ErrorDetail effect={effect} />
      </>
    ),
  },
  { name: 'Tenant', of: ({ match }) => match.tenant ?? 'all' },
  { name: 'Active since', of: ({ activeSince }) => <Time at={activeSince} />, wide: true },
  { name: 'Hits', of: ({ hits }) => hits, numeric: true },
  { name: 'Remaining', of: ({ remaining }) => remaining ?? 'no limit', wide: true },
  { name: 'Last hit', of: ({ lastHit }) => (lastHit ? <Time at={lastHit} /> : 'never'), wide: true },
  {
    name: 'Actions',
    of: ({ id, name, summary }) => (
      <ActionButton
        onAction={() => call('DELETE /faults/:fault', { params: { fault: id } })}
        label={`Turn off ${name ?? summary}`}
      >
        Turn off
      </ActionButton>
    ),
    need: 'write',
  },
]

// Neither the summary of a fault nor every description of a preset has it.
const ErrorDetail = ({ effect }: Pick<Fault, 'effect'>) =>
  effect.kind === 'status' && effect.detail ? (
    <p class="muted">
      Error detail: <ClientText text={effect.detail} />
    </p>
  ) : null

const ActiveFaults = () => (
  <section aria-label="Active">
    <h2>Active</h2>
    {faults.value.length === 0 ? (
      <Empty title="No active faults." />
    ) : (
      <>
        <Table caption="Active faults" columns={columns} items={faults.value} keyOf={({ id }) => id} />
        <p class="below-table">
          <a href={pathTo('activity', {}, { q: 'fault:any' })}>Affected requests</a>
        </p>
      </>
    )}
  </section>
)

function Presets() {
  const loaded = useLoad('GET /faults/presets')
  const problem = loaded.problem.value
  const turnOn = async ({ id, name }: FaultPreset) => {
    await call('POST /faults', { body: { preset: id } })
    announce(`${name}: active for all tenants.`)
  }
  return (
    <section aria-label="Presets">
      <h2>Presets</h2>
      {problem && <ProblemBox problem={problem} />}
      <div class="grid">
        {loaded.value.value?.items.map(preset => (
          <article key={preset.id} class="card">
            <h3>{preset.name}</h3>
            <p>{preset.description}</p>
            <ErrorDetail effect={preset.fault.effect} />
            <div class="actions">
              <May need="write">
                <ActionButton onAction={() => turnOn(preset)} label={`Turn on ${preset.name}`}>
                  Turn on
                </ActionButton>
              </May>
              {faults.value.some(({ name }) => name === preset.name) && <Badge tone="warn">active</Badge>}
            </div>
          </article>
        ))}
      </div>
    </section>
  )
}
