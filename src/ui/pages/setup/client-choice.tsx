import {
  type ProvisioningClient,
  productLabels,
  provisioningClients,
} from '../../../scim/recognition/products.ts'
import { SelectField } from '../../components/field.tsx'
import { query, setQuery } from '../../router.ts'

/** Undefined also for an unknown client. */
export const chosenClient = (): ProvisioningClient | undefined =>
  provisioningClients.find(client => client === query.value.get('client'))

const labels = Object.fromEntries(
  provisioningClients.map(client => [client, productLabels[client]]),
) as Record<ProvisioningClient, string>

export const ClientChoice = ({ client }: { readonly client: ProvisioningClient }) => (
  <SelectField
    label="Identity provider or client"
    value={client}
    options={labels}
    onChange={value => setQuery({ client: value, auth: undefined })}
  />
)
