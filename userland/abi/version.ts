/** Printed in banners; equal to the version in package.json. */
export const VITRINE_VERSION: string = '0.1.0';
