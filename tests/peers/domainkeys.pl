# Mail::DKIM as a process: signs and verifies DomainKeys as JSON Lines on stdin ask for
# (see README.md).

use strict;
use warnings;

use JSON::PP;
use MIME::Base64 qw(decode_base64 encode_base64);
use Mail::DKIM;
use Mail::DKIM::DkSignature;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS;

# A resolver that knows only the keys of the request.
package KnownKeys {
    sub new {
        my ($class, $keys) = @_;
        my %records = map { lc($_) => $keys->{$_} } keys %$keys;
        return bless { records => \%records }, $class;
    }

    sub send {
        my ($self, $name, $type) = @_;
        my $packet = Net::DNS::Packet->new($name, $type);
        my $record = $self->{records}{ lc $name };
        $packet->header->rcode(defined $record ? 'NOERROR' : 'NXDOMAIN');
        if (defined $record) {
            my @strings = $record =~ /(.{1,255})/gs;
            $packet->push(
                answer => Net::DNS::RR->new(name => $name, type => 'TXT', ttl => 60, txtdata => \@strings));
        }
        return $packet;
    }

    sub errorstring { return 'NXDOMAIN' }
}

sub verify {
    my ($message, $keys) = @_;
    Mail::DKIM::DNS::resolver(KnownKeys->new($keys));
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT($message);
    $verifier->CLOSE;
    return [
        map { { pass => $_->result eq 'pass' ? JSON::PP::true : JSON::PP::false, why => $_->result_detail } }
            grep { $_->isa('Mail::DKIM::DkSignature') } $verifier->signatures
    ];
}

# The DomainKey-Signature field, CRLF included.
sub sign {
    my ($message, $request) = @_;
    (my $key = $request->{privateKey}) =~ s/-----[^-]*-----|\s//g;
    my $headers = $request->{headers} ? join(':', @{ $request->{headers} }) : undef;
    my $signer = Mail::DKIM::Signer->new(
        Key => Mail::DKIM::PrivateKey->load(Data => $key),
        Policy => sub {
            my ($signer) = @_;
            $signer->add_signature(
                Mail::DKIM::DkSignature->new(
                    Algorithm => 'rsa-sha1',
                    Method => $request->{canonicalization},
                    Domain => $request->{domain},
                    Selector => $request->{selector},
                    Key => $signer->{Key},
                    Headers => $headers,
                ));
            return;
        },
    );
    $signer->PRINT($message);
    $signer->CLOSE;
    return $signer->signature->as_string . "\r\n";
}

$| = 1;
my $json = JSON::PP->new->ascii->canonical;
while (my $line = <STDIN>) {
    my $request = $json->decode($line);
    my $message = decode_base64($request->{message});
    my %answer = (id => $request->{id});
    if (defined $request->{privateKey}) {
        $answer{field} = encode_base64(sign($message, $request), '');
    }
    else {
        $answer{results} = verify($message, $request->{keys});
    }
    print $json->encode(\%answer), "\n";
}
