import type { Fault } from '../answers.ts'
import { apiPath, remove } from '../api.ts'
import { ActionButton, Foreign } from '../components/basics.tsx'
import { faults } from '../state.ts'
import { counted } from '../words.ts'

/** Says that faults are active, and where, so that a forgotten one isn't taken for a defect. */
export const FaultBanner = () => {
  const armed = faults.value
  if (armed.length === 0) return null
  return (
    <aside class="banner" aria-label="Active faults">
      <p>
        <strong>{counted(armed.length, 'fault')} active:</strong>{' '}
        <Foreign text={armed.map(faultWords).join('; ')} />. <a href="/faults">View</a>
      </p>
      <ActionButton act={() => remove(apiPath(['faults']))}>Turn off all</ActionButton>
    </aside>
  )
}

const faultWords = ({ name, words, match: { tenant } }: Fault): string =>
  `${name ?? words} (${tenant ?? 'all tenants'})`
