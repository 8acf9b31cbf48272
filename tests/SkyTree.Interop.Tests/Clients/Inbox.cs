using System.Threading.Channels;

namespace SkyTree.Interop.Tests.Clients;

/// <summary>Messages that a client received and the test has not taken yet.</summary>
internal sealed class Inbox
{
    private readonly Channel<Message> _messages = Channel.CreateBounded<Message>(10_000);

    public void Add(Message message)
    {
        if (!_messages.Writer.TryWrite(message))
        {
            throw new InvalidOperationException("More messages than any test sends.");
        }
    }

    public async Task<Message> TakeAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline.Step);
        try
        {
            return await _messages.Reader.ReadAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException("No message came.");
        }
    }
}
