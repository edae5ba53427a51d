/** Not a path of Microsoft's: scenarios and tests rotate the keys of the stand-in with it. */
export const rotationPath = '/rotate-keys'

/** The URL that rotates the keys of the token service with this address. */
export const rotationUrl = (address: string): string => new URL(rotationPath, address).href
