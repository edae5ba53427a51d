import { TenantTime } from '../components/text.tsx'
import { hrefTo, moment } from './address.ts'
import type { Session } from './session.ts'

export function MomentField({ session }: { readonly session: Session }) {
  const { request, at } = moment.value ?? { at: session.facts.tenantTime }
  const shown = request === undefined ? undefined : session.requestById.get(request)
  return (
    <div class="form-row">
      <div class="field">
        <label for="moment">Directory at (tenant time, UTC)</label>
        <input
          id="moment"
          type="datetime-local"
          step="1"
          value={at.slice(0, 19)}
          onChange={({ currentTarget: { value } }) => {
            moment.value = value === '' ? undefined : { at: `${value.padEnd(19, ':00')}.999Z` }
          }}
        />
      </div>
      {shown && (
        <p>
          After <a href={hrefTo({ view: 'request', id: shown.id })}>{shown.action}</a>{' '}
          <TenantTime at={shown.at} tenantTime={shown.tenantTime} />
        </p>
      )}
      {moment.value && (
        <button
          type="button"
          onClick={() => {
            moment.value = undefined
          }}
        >
          End of the session
        </button>
      )}
    </div>
  )
}
