import { tenants } from '../../state.ts'
import { Clients } from './clients/clients.tsx'
import { Issuers } from './issuers/issuers.tsx'

export function OtherCredentials({ tenant }: { readonly tenant: string }) {
  const profile = tenants.value?.find(({ id }) => id === tenant)?.profile
  if (profile === undefined) return null
  return (
    <>
      {profile === 'aws' && (
        <p class="muted above-table">
          Clients of a token endpoint and trusted issuers are for tenants with the profile entra or rfc: AWS
          accepts its own access tokens only.
        </p>
      )}
      <Clients tenant={tenant} isOffered={profile !== 'aws'} />
      <Issuers tenant={tenant} isOffered={profile !== 'aws'} />
    </>
  )
}
