import { query, setQuery } from '../router.ts'
import { showTenant, tenants } from '../state.ts'

/** Shows the data of one tenant, or of all. A chosen tenant is also that of the navigation. */
export function TenantFilter() {
  const all = tenants.value ?? []
  if (all.length < 2) return null
  const choose = (tenant: string) => {
    if (tenant !== '') showTenant(tenant)
    setQuery({ tenant })
  }
  return (
    <label>
      Tenant{' '}
      <select value={query.value.get('tenant') ?? ''} onChange={event => choose(event.currentTarget.value)}>
        <option value="">all</option>
        {all.map(({ id }) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
    </label>
  )
}
