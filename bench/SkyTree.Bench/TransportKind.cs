namespace SkyTree.Bench;

internal enum TransportKind
{
    Tcp,
    Tls,
    Ws,
    Wss,
}
