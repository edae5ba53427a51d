import { apiPath, remove } from '../api.ts'
import { ActionButton, Foreign } from '../components/basics.tsx'
import { faults } from '../state.ts'
import { counted } from '../words.ts'

/** Nobody shall look for hours for what was armed and forgotten. */
export const FaultBanner = () => {
  const armed = faults.value
  if (armed.length === 0) return null
  return (
    <aside class="banner" aria-label="Armed faults">
      <p>
        <strong>{counted(armed.length, 'fault')} armed.</strong> Answers are spoiled on purpose:{' '}
        <Foreign text={armed.map(({ name, words }) => name ?? words).join('; ')} />.{' '}
        <a href="/faults">Look at them</a>
      </p>
      <ActionButton act={() => remove(apiPath(['faults']))}>Disarm all</ActionButton>
    </aside>
  )
}
