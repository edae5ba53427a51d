import { type Zone, zone, zoneLabel } from '../zone.ts'

const zoneNames: Readonly<Record<Zone, string>> = {
  tenant: 'Tenant time',
  local: 'Local time',
  utc: 'UTC',
}

export const ZoneSelect = () => {
  const now = new Date()
  return (
    <label>
      <span class="visually-hidden">Time zone</span>
      <select
        value={zone.value}
        title="The tenant’s clock, or real time"
        onChange={event => {
          zone.value = event.currentTarget.value as Zone
        }}
      >
        {Object.entries(zoneNames).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
            {name === zone.value && name !== 'utc' && ` (${zoneLabel(now)})`}
          </option>
        ))}
      </select>
    </label>
  )
}
