using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using SkyTree.Bench.Native;
using SkyTree.Bench.Transports;

namespace SkyTree.Bench.Relay;

/// <summary>
/// The least that can stand where a broker stands: one thread, one receive and one send per block, nothing
/// looked at twice. What the generator costs against it is the generator's own cost; what it costs itself is the
/// price of the system calls that no broker avoids.
/// </summary>
internal static unsafe class RelayBroker
{
    private const int InputCapacity = 256 * 1024;
    private const int ListenerTag = -1;

    /// <summary>Serves until the process is ended.</summary>
    public static void Run(BenchOptions options)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, options.Port));
        listener.Listen(1024);
        using Poller poller = new();
        poller.Add((int)listener.Handle, ListenerTag);
        Console.WriteLine($"listening mqtt://{listener.LocalEndPoint} pid {Environment.ProcessId}");

        byte* input = (byte*)NativeMemory.Alloc(InputCapacity);
        List<RelayClient> clients = [];
        while (true)
        {
            int ready = poller.Wait(-1);
            for (int i = 0; i < ready; i++)
            {
                int tag = poller.Tag(i);
                if (tag == ListenerTag)
                {
                    Accept(listener, poller, clients);
                }
                else
                {
                    Serve(clients[tag], clients, input);
                }
            }
        }
    }

    private static void Accept(Socket listener, Poller poller, List<RelayClient> clients)
    {
        while (listener.Poll(0, SelectMode.SelectRead))
        {
            RelayClient client = new(listener.Accept());
            clients.Add(client);
            poller.Add(client.Transport.Descriptor, clients.Count - 1);
        }
    }

    private static void Serve(RelayClient client, List<RelayClient> clients, byte* input)
    {
        if (client.Transport.Blocked)
        {
            client.Transport.Flush();
        }

        bool more = true;
        while (more)
        {
            int carried = client.Carry.Length;
            int received = client.Transport.Receive(input + carried, InputCapacity - carried, out more);
            if (received < 0)
            {
                return;
            }

            Span<byte> block = new(input, carried + received);
            client.Carry.CopyTo(block);
            int consumed = client.Consume(block, clients);
            client.Keep(block[consumed..]);
        }
    }
}
