declare module "spdy-transport" {
  const transport: {
    readonly protocol: { readonly spdy: { readonly dictionary: Readonly<Record<number, Buffer>> } };
  };
  export default transport;
}
