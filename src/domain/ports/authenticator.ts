import type { Credential } from '../tenants/credential.ts'
import type { Access, Refusal, Tenant } from '../tenants/tenant.ts'

export type CredentialAuthentication =
  | { readonly tenant: Tenant; readonly credential: Credential; readonly access: Access }
  | {
      readonly refusal: Refusal
      readonly tenant?: Tenant
      /** What is known of the credential; of a JWT that was not verified, its unverified content. */
      readonly credential?: Credential
    }

export interface Authenticator {
  offers(tenant: Tenant): boolean
  /** Whether the text has the form of this kind of token. Cheap, since it runs for every unknown token. */
  recognizes(text: string): boolean
  /** `machine` is the time of arrival. Rejects only with database errors; a promise only if it has to wait. */
  authenticate(
    text: string,
    tenantId: string | undefined,
    machine: number,
  ): CredentialAuthentication | Promise<CredentialAuthentication>
  /** As `authenticate`, for a request that was authenticated before. Counts no use. */
  reauthenticate: Authenticator['authenticate']
}
