using System.Net.Sockets;
using System.Text;

namespace SkyTree.Web.Tests;

internal static class SocketExtensions
{
    public static async Task SendTextAsync(this Socket socket, string text) => await socket.SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Receives so many bytes, or fewer if the peer closes before.</summary>
    public static async Task<string> ReceiveTextAsync(this Socket socket, int length)
    {
        byte[] buffer = new byte[length];
        int received = 0;
        using CancellationTokenSource deadline = new(EchoHost.Deadline);
        while (received < length)
        {
            int count = await socket.ReceiveAsync(buffer.AsMemory(received), deadline.Token);
            if (count == 0)
            {
                break;
            }

            received += count;
        }

        return Encoding.Latin1.GetString(buffer, 0, received);
    }

    /// <summary>Whether the peer closes the connection without having sent anything.</summary>
    public static async Task<bool> IsClosedAsync(this Socket socket)
    {
        try
        {
            return (await socket.ReceiveTextAsync(1)).Length == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    public static async Task<bool> EchoesAsync(this Socket socket, string text = "ping")
    {
        await socket.SendTextAsync(text);
        return await socket.ReceiveTextAsync(text.Length) == text;
    }
}
