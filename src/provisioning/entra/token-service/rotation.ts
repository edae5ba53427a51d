/** Not a path of Microsoft's: scenarios and tests rotate the keys of the stand-in with it. */
export const rotationPath = '/rotate-keys'

export const rotationUrl = (address: string): string => new URL(rotationPath, address).href
