import type { NoToken } from '../entra/credentials/credentials.ts'
import type { RequestToken } from '../entra/credentials/token-holder.ts'
import type { TokenFault } from './scenario.ts'

export type TokenFaults = {
  readonly requestToken: RequestToken
  fail(fault: TokenFault): void
  expireSecret(): void
  renewSecret(): void
  takeCount(): number
}

export function createTokenFaults(requestToken: RequestToken): TokenFaults {
  let faults: { readonly fault: TokenFault; left: number }[] = []
  let isSecretExpired = false
  let count = 0
  return {
    async requestToken() {
      count++
      if (isSecretExpired) return faultResult(401)
      const [first] = faults
      if (!first) return requestToken()
      first.left--
      faults = faults.filter(({ left }) => left > 0)
      return faultResult(first.fault.with)
    },
    fail: fault => {
      if (fault.next > 0) faults.push({ fault, left: fault.next })
    },
    expireSecret: () => {
      isSecretExpired = true
    },
    renewSecret: () => {
      isSecretExpired = false
    },
    takeCount: () => {
      const counted = count
      count = 0
      return counted
    },
  }
}

function faultResult(fault: TokenFault['with']): NoToken {
  if (fault === 'timeout' || fault === 'connection')
    return { kind: 'none', reason: 'no access token', text: 'The token endpoint sent no response.' }
  const reason = fault === 400 || fault === 401 ? 'credentials refused' : 'no access token'
  return { kind: 'none', reason, text: `The token endpoint returned ${fault}.` }
}
