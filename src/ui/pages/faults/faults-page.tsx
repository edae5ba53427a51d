import { useState } from 'preact/hooks'
import type { Fault, Page } from '../../answers.ts'
import { apiPath, post, remove } from '../../api.ts'
import {
  ActionButton,
  Badge,
  ClientText,
  Empty,
  PageHead,
  ProblemBox,
  Time,
} from '../../components/elements.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { useLoad } from '../../load.ts'
import { announce } from '../../notices.ts'
import { pathTo } from '../../router.ts'
import { faults } from '../../state.ts'
import { FaultForm } from './fault-form.tsx'

type Preset = { readonly id: string; readonly name: string; readonly description: string }

/** Answers to be spoiled on purpose, to see how the client bears it. */
export function FaultsPage() {
  const [own, setOwn] = useState(false)
  return (
    <>
      <PageHead
        title="Faults"
        description="Spoil answers on purpose and see how the client bears it. Spoiled answers are labelled in the activity; a restart disarms all."
      >
        <button type="button" class="primary" onClick={() => setOwn(true)}>
          Write a rule…
        </button>
      </PageHead>
      <ActiveFaults />
      <Presets />
      {own && <FaultForm onClose={() => setOwn(false)} />}
    </>
  )
}

const columns: readonly Column<Fault>[] = [
  {
    name: 'Fault',
    of: ({ name, words }) => (
      <>
        <ClientText text={name ?? words} />
        {name !== undefined && <div class="muted">{words}</div>}
      </>
    ),
  },
  { name: 'Tenant', of: ({ match }) => match.tenant ?? 'all' },
  { name: 'Armed', of: ({ armed }) => <Time at={armed} />, wide: true },
  { name: 'Strikes', of: ({ hits }) => hits, numeric: true },
  { name: 'Left', of: ({ left }) => left ?? 'no end', wide: true },
  { name: 'Last', of: ({ lastHit }) => (lastHit ? <Time at={lastHit} /> : 'none yet'), wide: true },
  {
    name: 'Actions',
    of: ({ id, name, words }) => (
      <ActionButton act={() => remove(apiPath(['faults', id]))} label={`Disarm ${name ?? words}`}>
        Disarm
      </ActionButton>
    ),
  },
]

const ActiveFaults = () => (
  <section aria-label="Armed">
    <h2>Armed</h2>
    {faults.value.length === 0 ? (
      <Empty title="No fault is armed." />
    ) : (
      <>
        <Table caption="Armed faults" columns={columns} items={faults.value} keyOf={({ id }) => id} />
        <p class="more">
          <a href={pathTo('activity', {}, { q: 'fault:any' })}>Exchanges that were struck</a>
        </p>
      </>
    )}
  </section>
)

function Presets() {
  const loaded = useLoad<Page<Preset>>(apiPath(['faults', 'presets']))
  const problem = loaded.problem.value
  const arm = async ({ id, name }: Preset) => {
    await post(apiPath(['faults']), { preset: id })
    announce(`"${name}" is armed for all tenants.`)
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
            <div class="actions">
              <ActionButton act={() => arm(preset)} label={`Arm ${preset.name}`}>
                Arm
              </ActionButton>
              {faults.value.some(({ name }) => name === preset.name) && <Badge tone="warn">armed</Badge>}
            </div>
          </article>
        ))}
      </div>
    </section>
  )
}
