using System.Net;
using SkyTree.Bench.Native;

namespace SkyTree.Bench.Transports;

/// <summary>TLS over TCP, accepting any certificate: it measures, it keeps no secrets.</summary>
internal sealed unsafe class TlsTransport : SocketTransport
{
    private nint _ssl;

    public TlsTransport(IPEndPoint endPoint, IPAddress? source)
        : base(endPoint, source)
    {
        try
        {
            _ssl = OpenSsl.Connect(Descriptor);
        }
        catch
        {
            base.Dispose();
            throw;
        }
    }

    public override int Receive(byte* buffer, int capacity, out bool more)
    {
        // OpenSSL reads ahead, so only a refused read tells that nothing is left.
        more = true;
        int received = OpenSsl.Read(_ssl, buffer, capacity);
        return received > 0 ? received
            : OpenSsl.GetError(_ssl, received) is OpenSsl.SSL_ERROR_WANT_READ or OpenSsl.SSL_ERROR_WANT_WRITE ? WouldBlock : Closed;
    }

    public override void Dispose()
    {
        if (_ssl != 0)
        {
            OpenSsl.Free(_ssl);
            _ssl = 0;
        }

        base.Dispose();
    }

    protected override int WriteOnce(byte* buffer, int length)
    {
        int sent = OpenSsl.Write(_ssl, buffer, length);
        return sent > 0 ? sent
            : OpenSsl.GetError(_ssl, sent) is OpenSsl.SSL_ERROR_WANT_READ or OpenSsl.SSL_ERROR_WANT_WRITE ? 0
            : throw new BenchException("the broker closed a TLS connection");
    }
}
